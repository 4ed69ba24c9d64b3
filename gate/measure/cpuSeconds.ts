/** The processor time of another process. Edge. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The kernel's `USER_HZ`, which is 100 on every platform of Node.js. */
const TICKS_PER_SECOND = 100;

/** @returns User and kernel time of all threads, in seconds. Undefined if the process has ended, or if it cannot be read. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** proc(5): fields 14 and 15. Field 2 is a name in brackets that may hold spaces. */
function fromProc(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** `1-02:03:04`, `02:03.45` */
function fromPs(pid: number): number | undefined {
  const text = execFileSync("ps", ["-o", "time=", "-p", String(pid)], { encoding: "utf8" }).trim();
  const [, days = "0", rest] = /^(?:(\d+)-)?([\d:.]+)$/.exec(text) ?? [];
  if (rest === undefined) return undefined;
  return rest.split(":").reduce((sum, part) => 60 * sum + Number(part), 0) + 86_400 * Number(days);
}
