/** Background processes with a log and a pid file. They outlive the command that started them. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inState } from "./places.ts";
import { identify, isAlive, type ProcessIdentity } from "./procfs.ts";
import { packageEnvironment } from "./programEnvironment.ts";
import { lastLines, SandboxError } from "./sandboxError.ts";

export interface Daemon {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** TCP ports on which it listens. */
  readonly ports: readonly number[];
  /** A socket in its working directory. The daemon does not replace one that a killed process left. */
  readonly socket?: string;
  /** Whether it answers. */
  ready(): Promise<boolean>;
}

/** How long a daemon may take to answer, in seconds. Two busy cores need a fraction of that. */
const PATIENCE = 60;

export const logFile = (name: string) => inState("log", `${name}.log`);
const pidFile = (name: string) => inState("run", `${name}.pid`);

/** The living process of this name, if any. The pid file of a dead process, or from before a restart, does not count. */
export function running(name: string): ProcessIdentity | undefined {
  try {
    const identity = JSON.parse(readFileSync(pidFile(name), "utf8")) as ProcessIdentity;
    return isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** A hash of the daemon's command and of the settings files that the command names. */
function fingerprint({ command }: Daemon): string {
  const settings = command
    .map((argument) => argument.slice(argument.indexOf("=") + 1))
    .filter((file) => file.startsWith(inState("etc")) && existsSync(file));
  const hash = createHash("sha256").update(JSON.stringify(command));
  for (const file of settings) hash.update(readFileSync(file));
  return hash.digest("hex");
}

/** Whether the running daemon has another command or other settings: an older version may have left doors open. */
function isOutdated(daemon: Daemon): boolean {
  const { runsBy } = JSON.parse(readFileSync(pidFile(daemon.name), "utf8")) as { runsBy?: unknown };
  return runsBy !== fingerprint(daemon);
}

/**
 * Starts the daemon unless it runs as it should, and waits until it is ready.
 *
 * @returns whether it had to be started.
 * @throws SandboxError with the end of its log if it ends or is not ready in time.
 */
export async function ensure(daemon: Daemon): Promise<boolean> {
  let before = running(daemon.name);
  if (before !== undefined && isOutdated(daemon)) {
    await stop(daemon.name);
    before = undefined;
  }
  const identity = before ?? start(daemon);
  const deadline = Date.now() + PATIENCE * 1000;
  while (!(await daemon.ready())) {
    if (!isAlive(identity)) throw failed(daemon, "ended before it was ready");
    if (Date.now() > deadline) throw failed(daemon, `was not ready within ${PATIENCE} s`);
    await sleep(100);
  }
  return before === undefined;
}

function start(daemon: Daemon): ProcessIdentity {
  const { name, command, socket } = daemon;
  const [file, ...args] = command;
  mkdirSync(inState("log"), { recursive: true });
  const directory = inState("run"); // not a checkout, which may be deleted
  mkdirSync(directory, { recursive: true });
  if (socket !== undefined) rmSync(path.join(directory, socket), { force: true });
  const log = openSync(logFile(name), "w");
  const child = spawn(file, args, {
    detached: true,
    cwd: directory,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...packageEnvironment },
  });
  child.on("error", () => {}); // no such program: then there is no pid, which is reported below
  child.unref();
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity === undefined) throw failed({ name }, "could not be started");
  writeFileSync(pidFile(name), JSON.stringify({ ...identity, runsBy: fingerprint(daemon) }));
  return identity;
}

/** Ends the process and waits until it has gone, so that its ports are free. */
export async function stop(name: string): Promise<void> {
  const identity = running(name);
  if (identity !== undefined) {
    process.kill(identity.pid, "SIGTERM");
    // The API server outlives SIGTERM by a minute once etcd has gone.
    for (let i = 0; i < 50 && isAlive(identity); i++) await sleep(100);
    if (isAlive(identity)) process.kill(identity.pid, "SIGKILL");
    while (isAlive(identity)) await sleep(20);
  }
  rmSync(pidFile(name), { force: true });
}

function failed({ name }: { name: string }, what: string): SandboxError {
  const log = existsSync(logFile(name)) ? readFileSync(logFile(name), "utf8") : "";
  return new SandboxError(`${name} ${what}.${log === "" ? "" : `\n${lastLines(log, 8)}`}`, {
    at: logFile(name),
    fix: "npm start tries again; if that does not help: npm run sandbox -- reset, which deletes the sandbox's data",
  });
}
