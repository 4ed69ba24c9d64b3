import { type ChildProcess, fork } from "node:child_process";
import { extname, join } from "node:path";

/**
 * Starts another program of the service: `worker` or `runner`, which lies beside this file, as it does beside the
 * bundle. Its log goes where ours goes.
 */
export function startProcess(program: "worker" | "runner", args: readonly string[] = []): ChildProcess {
  return fork(join(import.meta.dirname, `${program}${extname(import.meta.filename)}`), args, {
    // Typed arrays as they are.
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}
