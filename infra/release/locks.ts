/** Locks of a stack in a backend of files or of a bucket, as `pulumi` names them when it meets one. Pure. */

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

export const lockText = ({ user, host, pid, since }: Lock): string =>
  `process ${pid} of ${user} on ${host}, since ${since}`;
