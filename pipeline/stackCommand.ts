/** Runs Pulumi, and what runs it, so that a cancelled job ends it well. Edge. */
import { type Ended, runProgram } from "../common/runProgram.ts";

/** @param show Whether the job's log shows it as it runs. */
export const pulumi = (args: readonly string[], { show = true } = {}): Promise<Ended> =>
  run("pulumi", [...args, "--non-interactive", "--color", "never"], { show });

/**
 * Runs a command to its end. SIGINT and SIGTERM are passed on: GitHub sends them to the step's first process only, and
 * Pulumi needs the first to let go of the stack's lock.
 */
export function run(command: string, args: readonly string[], { show = true } = {}): Promise<Ended> {
  const stream = show ? (["pipe", "inherit"] as const) : "pipe";
  return runProgram(command, args, { stdout: stream, stderr: stream, signals: "forward" });
}
