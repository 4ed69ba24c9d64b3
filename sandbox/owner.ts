/** Which checkout owns the machine's one sandbox, and which process is changing it right now. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { CHECKOUT } from "../common/checkout.ts";
import { status } from "./daemons.ts";
import { cache, inState } from "./places.ts";
import { SandboxError } from "./sandboxError.ts";

const ownerFile = inState("owner");
const lockFile = path.join(cache, "lock");

/** The checkout that started the sandbox; undefined if no sandbox runs. */
export function owner(): string | undefined {
  if (!status().some(({ pid }) => pid !== undefined) || !existsSync(ownerFile)) return undefined;
  return readFileSync(ownerFile, "utf8");
}

/**
 * Makes this checkout the owner.
 *
 * @returns the owner before, if that was another checkout: one that has ended its sandbox or is gone.
 * @throws SandboxError if another checkout's sandbox runs.
 */
export function takeOwnership(): string | undefined {
  refuseOthers();
  const before = existsSync(ownerFile) ? readFileSync(ownerFile, "utf8") : undefined;
  mkdirSync(inState(), { recursive: true, mode: 0o700 });
  writeFileSync(ownerFile, CHECKOUT);
  return before === CHECKOUT ? undefined : before;
}

/** @throws SandboxError if another checkout, which still exists, runs the sandbox. */
export function refuseOthers(): void {
  const current = owner();
  if (current === undefined || current === CHECKOUT || !existsSync(current)) return;
  throw new SandboxError("The sandbox runs for another checkout.", {
    at: current,
    fix: `end it there (cd ${current} && npm run sandbox -- down), then run the same command again`,
  });
}

/**
 * Runs `action` while no other command changes the sandbox. The kernel keeps the lock for this process and releases it
 * however the process ends. The file stays, and says who holds the lock. Its text alone locks nothing.
 */
export async function exclusively<T>(action: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const file = openSync(lockFile, "a+");
  try {
    lock(file);
    ftruncateSync(file);
    writeSync(file, JSON.stringify({ pid: process.pid, checkout: CHECKOUT }));
    return await action().finally(() => ftruncateSync(file));
  } finally {
    closeSync(file);
  }
}

/** Node.js has no flock(2). flock(1) locks the open file, which this process shares with it. */
function lock(file: number): void {
  const { status, error, stderr } = spawnSync("flock", ["-n", "3"], {
    stdio: ["ignore", "ignore", "pipe", file],
    encoding: "utf8",
  });
  if (status === 0) return;
  if (status === 1) {
    throw new SandboxError(`${holder()} is changing the sandbox right now.`, {
      fix: "wait until it has ended, then run the same command again",
    });
  }
  throw new SandboxError(`The sandbox could not be locked: ${error?.message ?? stderr.trim()}.`, {
    at: lockFile,
    fix: "see that flock (package util-linux) is installed and works on this file",
  });
}

/** The process that holds the lock. It takes the lock a moment before it writes its name. */
function holder(): string {
  try {
    const { pid, checkout } = JSON.parse(readFileSync(lockFile, "utf8"));
    return `Process ${pid}, from ${checkout},`;
  } catch {
    return "Another process";
  }
}
