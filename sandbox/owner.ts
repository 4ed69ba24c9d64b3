/** One sandbox a machine, one checkout at a time: who has it, and who is changing it right now. */
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { status } from "./cluster.ts";
import { SandboxError } from "./errors.ts";
import { cache, checkout, inState } from "./places.ts";
import { identify, isAlive, type ProcessIdentity } from "./procfs.ts";

const ownerFile = inState("owner");
const lockFile = path.join(cache, "lock");

/** The checkout that started the sandbox, or undefined if none runs. */
export function owner(): string | undefined {
  if (!status().some(({ pid }) => pid !== undefined) || !existsSync(ownerFile)) return undefined;
  return readFileSync(ownerFile, "utf8");
}

/**
 * Makes this checkout the owner.
 *
 * @returns the checkout that had it before, if that was another one and has ended it or is gone.
 * @throws SandboxError if another checkout's sandbox runs.
 */
export function takeOwnership(): string | undefined {
  refuseOthers();
  const before = existsSync(ownerFile) ? readFileSync(ownerFile, "utf8") : undefined;
  mkdirSync(inState(), { recursive: true, mode: 0o700 });
  writeFileSync(ownerFile, checkout);
  return before === checkout ? undefined : before;
}

/** @throws SandboxError if another checkout, which still exists, runs the sandbox. */
export function refuseOthers(): void {
  const current = owner();
  if (current === undefined || current === checkout || !existsSync(current)) return;
  throw new SandboxError("The sandbox runs for another checkout.", {
    at: current,
    fix: `end it there (cd ${current} && npm run sandbox -- down), then run the same command again`,
  });
}

/** Runs `action` while no other command changes the sandbox. A lock left by a dead process does not count. */
export async function exclusively<T>(action: () => Promise<T>): Promise<T> {
  mkdirSync(cache, { recursive: true });
  while (!takeLock()) {
    const holder = readHolder();
    if (holder !== undefined && isAlive(holder)) {
      throw new SandboxError(
        `Process ${holder.pid} is changing the sandbox right now, from ${holder.checkout}.`,
        { fix: "wait until it has ended, then run the same command again" },
      );
    }
    rmSync(lockFile, { force: true });
  }
  try {
    return await action();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

/** @returns false if there is a lock. It appears whole: written aside first, then linked. */
function takeLock(): boolean {
  const own = `${lockFile}.${process.pid}`;
  writeFileSync(own, JSON.stringify({ ...identify(process.pid), checkout }));
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    rmSync(own);
  }
}

function readHolder(): (ProcessIdentity & { checkout: string }) | undefined {
  try {
    return JSON.parse(readFileSync(lockFile, "utf8"));
  } catch {
    return undefined;
  }
}
