/** Locks of a stack in a backend of files or of a bucket, as `pulumi` names them when it meets one. Pure. */
import type { Ended } from "../../common/runProgram.ts";

export interface Lock {
  /** `file:///…/UUID.json`, or the same in a bucket. */
  readonly url: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

const LOCKED = /the stack is currently locked by \d+ lock/;
const LOCK = /^\s*(\S+): created by (.+)@(\S+) \(pid (\d+)\) at (\S+)$/gm;

/** @returns nothing if `said` is of something else. */
export function parseLocks(said: string): readonly Lock[] {
  if (!LOCKED.test(said)) return [];
  return [...said.matchAll(LOCK)].map(([, url = "", user = "", host = "", pid, since = ""]) => ({
    url,
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/**
 * Runs what needs the stack for itself; if it was locked, once more after the locks were seen to.
 *
 * @param makeWay Waits for a lock's holder, or removes what a dead one left. What it returns is how it failed to.
 */
export async function retryUnlocked(
  act: () => Promise<Ended>,
  makeWay: (locks: readonly Lock[]) => Promise<Ended | void>,
): Promise<Ended> {
  const first = await act();
  const locks = parseLocks(first.output);
  if (first.exitCode === 0 || locks.length === 0) return first;
  return (await makeWay(locks)) ?? act();
}

export const lockText = ({ user, host, pid, since }: Lock): string =>
  `process ${pid} of ${user} on ${host}, since ${since}`;
