/** Runs a program to its end. Edge. */
import { createInterface } from "node:readline";
import { execa, type Options } from "execa";

export interface Ended {
  /** 1 if the program could not be started, or was killed. */
  readonly exitCode: number;
  /** `ENOENT` if there is no such program. */
  readonly code?: string | undefined;
  /** Whether a signal came while it ran. */
  readonly cancelled: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, or why the program could not be started. */
  readonly output: string;
}

export interface RunOptions extends Pick<Options, "cwd" | "env" | "stdin" | "stdout" | "stderr"> {
  readonly input?: string;
  /** Called with each line of stdout as it comes. */
  readonly onLine?: (line: string) => void;
  /**
   * What this process does at SIGINT and SIGTERM while the program runs: it ends, forwards them, or ignores SIGINT. A
   * terminal sends SIGINT to the program as well, so to forward it there would send it twice.
   */
  readonly signals?: "end" | "forward" | "ignore";
}

const HANDLED = { end: [], forward: ["SIGINT", "SIGTERM"], ignore: ["SIGINT"] } as const;

/** Throws nothing: look at `exitCode`. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { signals = "end", onLine, ...options }: RunOptions = {},
): Promise<Ended> {
  const child = execa(command, args, {
    ...(options.input === undefined && { stdin: "ignore" }),
    ...options,
    all: true,
    reject: false,
  });
  if (onLine && child.stdout) createInterface({ input: child.stdout }).on("line", onLine);
  let cancelled = false;
  const handle = (signal: NodeJS.Signals) => {
    cancelled = true;
    if (signals === "forward") child.kill(signal);
  };
  for (const signal of HANDLED[signals]) process.on(signal, handle);
  try {
    const { exitCode = 1, code, stdout, stderr, all, originalMessage } = await child;
    return {
      exitCode,
      code,
      cancelled,
      stdout: text(stdout),
      stderr: text(stderr),
      output: text(all) || (originalMessage ?? ""),
    };
  } finally {
    for (const signal of HANDLED[signals]) process.off(signal, handle);
  }
}

/** Nothing is captured of a stream that is not piped. */
const text = (captured: unknown): string => (typeof captured === "string" ? captured : "");
