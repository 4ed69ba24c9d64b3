/** Whose locks keep Pulumi from a stack in a bucket. Pure. */

export interface Lock {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
}

/** @param output What Pulumi printed. @returns nothing if it did not end for a lock's sake. */
export function readLocks(output: string): readonly Lock[] {
  if (!/the stack is currently locked by \d+ lock/.test(output)) return [];
  return [...output.matchAll(/: created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g)].map(
    ([, user = "", host = "", pid, since = ""]) => ({ user, host, pid: Number(pid), since }),
  );
}
