/** Runs Pulumi, and what runs it, so that a cancelled job ends it well. Edge. */
import { execa } from "execa";

export interface Ended {
  readonly exitCode: number;
  /** Whether a signal came while it ran. */
  readonly cancelled: boolean;
  readonly stdout: string;
  /** Both streams. */
  readonly output: string;
}

/** @param show Whether the job's log shows it as it runs. */
export const pulumi = (args: readonly string[], { show = true } = {}): Promise<Ended> =>
  run("pulumi", [...args, "--non-interactive", "--color", "never"], { show });

/**
 * Runs a command to its end. SIGINT and SIGTERM are passed on: GitHub sends them to the step's first process only, and
 * Pulumi needs the first to let go of the stack's lock.
 */
export async function run(command: string, args: readonly string[], { show = true } = {}): Promise<Ended> {
  const shown = show ? (["pipe", "inherit"] as const) : "pipe";
  const child = execa(command, args, {
    stdin: "ignore",
    stdout: shown,
    stderr: shown,
    all: true,
    reject: false,
  });
  let cancelled = false;
  const passOn = (signal: NodeJS.Signals) => {
    cancelled = true;
    child.kill(signal);
  };
  process.on("SIGINT", passOn).on("SIGTERM", passOn);
  try {
    const { exitCode, stdout, all, originalMessage } = await child;
    return { exitCode: exitCode ?? 1, cancelled, stdout, output: all || (originalMessage ?? "") };
  } finally {
    process.off("SIGINT", passOn).off("SIGTERM", passOn);
  }
}
