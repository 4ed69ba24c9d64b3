/** The service as a process of its own, as the container runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface LogLine {
  readonly msg: string;
  readonly [key: string]: unknown;
}

export interface ServiceProcess {
  readonly child: ChildProcess;
  /** Resolves with the first log line of that message, even an earlier one. Rejects when the process ends without it. */
  line(message: string): Promise<LogLine>;
  /** All log lines so far. */
  readonly lines: readonly LogLine[];
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

const FROM_SOURCE = ["--import", "tsx", "service/src/programs/main.ts"];

/** Starts it on free ports; `args` are for Node.js. With `core` it sees only that processor. */
export function spawnService(
  env: Record<string, string>,
  args: readonly string[] = FROM_SOURCE,
  core?: number,
): ServiceProcess {
  const node = [process.execPath, ...args];
  const [command = "", ...rest] =
    core === undefined ? node : ["taskset", "--cpu-list", String(core), ...node];
  const child = spawn(command, rest, {
    env: { PATH: process.env.PATH, PORT: "0", PLATFORM_PORT: "0", HOST: "127.0.0.1", DRAIN_MS: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: LogLine[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => lines.push(JSON.parse(line) as LogLine));
  const closed = once(reader, "close");
  const exit = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const line = async (message: string): Promise<LogLine> => {
    for (;;) {
      const found = lines.find(({ msg }) => msg === message);
      if (found) return found;
      const ended = await Promise.race([once(reader, "line").then(() => false), closed.then(() => true)]);
      if (ended && !lines.some(({ msg }) => msg === message))
        throw new Error(`no line ${JSON.stringify(message)} in ${JSON.stringify(lines)}`);
    }
  };
  return { child, line, lines, exit };
}
