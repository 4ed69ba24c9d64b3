/** The processors that this container was given. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** @returns 1 or more: what the container's limit allows, rounded up, and no more than the machine has. */
export function containerCpus(read: (file: string) => string | undefined = readIfThere): number {
  const limit = limitV2(read("/sys/fs/cgroup/cpu.max")) ?? limitV1(read);
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(limit ?? Infinity)));
}

/** `200000 100000`: 200,000 µs of processor time in each 100,000 µs. Or `max 100000`. */
function limitV2(text: string | undefined): number | undefined {
  const [quota, period] = text?.trim().split(" ").map(Number) ?? [];
  return quota && period ? quota / period : undefined;
}

/** The same as two files; -1 for no limit. */
function limitV1(read: (file: string) => string | undefined): number | undefined {
  const quota = Number(read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"));
  const period = Number(read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  return quota > 0 && period > 0 ? quota / period : undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
