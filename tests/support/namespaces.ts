/** The namespaces of the end-to-end tests on the sandbox. */
import { randomBytes } from "node:crypto";
import { kubectl } from "../../sandbox/components.ts";

const PREFIX = "e2e-";

/** A new namespace each time: two runs at once must not meet. */
export const newNamespace = (stack: string): string => `${PREFIX}${stack}-${randomBytes(3).toString("hex")}`;

/** Removes it with all that is in it. Its pods end at once, since the next test needs their room. */
export async function deleteNamespace(name: string): Promise<void> {
  const { stdout } = await kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false");
  if (stdout !== "") await kubectl("-n", name, "delete", "pods", "--all", "--grace-period=1", "--wait=false");
}

/** Removes namespaces of killed runs: a restarted sandbox has their pods again, and a small machine has no room for more. */
export async function deleteLeftNamespaces(): Promise<void> {
  const { stdout } = await kubectl("get", "namespaces", "-o", "name");
  const left = stdout.split("\n").map((line) => line.replace("namespace/", ""));
  for (const name of left.filter((namespace) => namespace.startsWith(PREFIX))) await deleteNamespace(name);
}
