/** A server as a process of its own on one core, from its start to its end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { processTree } from "../../support/processTree.ts";

export interface Launch {
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where it takes requests. */
  readonly port: number;
  /** Answers 200 once it serves. */
  readonly ready: string;
}

export interface PinnedServer {
  readonly pid: number;
  readonly port: number;
  /** From the start of the process until it said that it is ready. */
  readonly readySeconds: number;
  log(): string;
  /** Ends it and all that it started. */
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 120_000;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 2;

/** @throws Error with the end of its log. */
export async function startPinned(
  { command, folder, environment, port, ready }: Launch,
  core: number,
  logFile: string,
): Promise<PinnedServer> {
  const log = openSync(logFile, "w");
  const started = performance.now();
  const child = spawn("taskset", ["--cpu-list", String(core), ...command], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...environment },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  await once(child, "spawn");
  const killAll = () => killTree(processTree(child.pid!));
  process.once("exit", killAll);
  child.once("exit", () => process.removeListener("exit", killAll));
  const server = {
    pid: child.pid!,
    port,
    log: () => readFileSync(logFile, "utf8"),
    stop: () => stop(child),
  };
  while (!(await answers(ready))) {
    if (
      child.exitCode === null &&
      child.signalCode === null &&
      performance.now() - started < START_DEADLINE_MS
    ) {
      await sleep(POLL_MS);
      continue;
    }
    await server.stop();
    throw new Error(`it did not start:\n${server.log().trim().split("\n").slice(-8).join("\n")}`);
  }
  return { ...server, readySeconds: (performance.now() - started) / 1000 };
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const tree = processTree(child.pid!);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await Promise.race([ended, sleep(STOP_DEADLINE_MS, undefined, { ref: false })]);
  // What it started may outlive it.
  killTree(tree);
  await ended;
}

function killTree(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
}
