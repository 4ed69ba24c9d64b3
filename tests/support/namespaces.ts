/** The namespaces of the end-to-end tests on the sandbox. */
import { randomBytes } from "node:crypto";
import { kubectl } from "../../sandbox/components.ts";

const PREFIX = "e2e-";

/** Another one each time: two runs at once must not meet. */
export const newNamespace = (stack: string): string => `${PREFIX}${stack}-${randomBytes(3).toString("hex")}`;

/** With all that is in it. Its pods end at once, since the next test needs the room that they take. */
export async function deleteNamespace(name: string): Promise<void> {
  const { stdout } = await kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false");
  if (stdout !== "") await kubectl("-n", name, "delete", "pods", "--all", "--grace-period=1", "--wait=false");
}

/** Of runs that were killed: a sandbox that is started again has their pods again, and a small machine no room beside them. */
export async function deleteLeftNamespaces(): Promise<void> {
  const { stdout } = await kubectl("get", "namespaces", "-o", "name");
  const left = stdout.split("\n").map((line) => line.replace("namespace/", ""));
  for (const name of left.filter((namespace) => namespace.startsWith(PREFIX))) await deleteNamespace(name);
}
