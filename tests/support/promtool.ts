/** Prometheus's own checker of metrics and rules, from Debian's package. */
import path from "node:path";
import { execa } from "execa";
import { hostArchitecture, unpackedPackages } from "../../sandbox/debian.ts";

/** @throws SandboxError if Debian's package cannot be installed. */
export async function unpackPromtool(): Promise<
  (args: readonly string[], input?: string) => Promise<{ exitCode: number | undefined; all: string }>
> {
  const program = path.join(await unpackedPackages(["prometheus"], hostArchitecture), "usr/bin/promtool");
  return async (args, input = "") => {
    const { exitCode, all } = await execa(program, args, { input, all: true, reject: false });
    return { exitCode, all };
  };
}
