/** How a process ended, in words. */
export function howItEnded(code: number | null, signal: string | null): string {
  if (signal === null) return `ended with exit code ${code}`;
  // What the kernel sends to the largest process of a container that is out of memory.
  return `was killed by ${signal}${signal === "SIGKILL" ? " (out of memory?)" : ""}`;
}
