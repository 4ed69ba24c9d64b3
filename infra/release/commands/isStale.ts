import { execFileSync } from "node:child_process";
import os from "node:os";
import type { Lock } from "../locks.ts";

/** Clocks of a machine that was asleep disagree by less, in milliseconds. */
const DRIFT = 60_000;

/** Whether the process that took a lock has gone. Nothing is known of another machine's process, so its lock counts as held. */
export function isStale({ host, pid, since }: Lock): boolean {
  if (host !== os.hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return true;
  }
  const { command, started } = describe(pid);
  // A number can be given again, after a restart of the machine at the latest.
  return !command.includes("pulumi") && started > Date.parse(since) + DRIFT;
}

/** Without `ps`, it counts as the one that took the lock. */
function describe(pid: number): { command: string; started: number } {
  const ask = (field: string) =>
    execFileSync("ps", ["-o", `${field}=`, "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
  try {
    return { command: ask("comm"), started: Date.parse(ask("lstart")) };
  } catch {
    return { command: "pulumi", started: Number.NaN };
  }
}
