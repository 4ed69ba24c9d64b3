/** Says how a process ended, in words. */
export function exitReason(code: number | null, signal: string | null): string {
  if (signal === null) return `ended with exit code ${code}`;
  // The kernel sends SIGKILL to the largest process of a container that is out of memory.
  return `was killed by ${signal}${signal === "SIGKILL" ? " (out of memory?)" : ""}`;
}
