/** How much of the processor another process has had. Edge. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Of the kernel's `USER_HZ`, which is 100 on every platform that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** @returns seconds, of all its threads and in its own time and the kernel's; undefined if it has ended, or nobody tells. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    return process.platform === "linux" ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** proc(5): the 14th and 15th field; the second is a name in brackets that may hold spaces. */
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
