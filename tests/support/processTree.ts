/** Resources of a process and all that it started, as Linux counts them. */
import { readdirSync, readFileSync } from "node:fs";

/** Length of a tick in /proc/PID/stat. USER_HZ is 100 on every Linux that Node.js runs on. */
const TICK_SECONDS = 0.01;
const MEGABYTE = 1e6;

export interface Usage {
  readonly processes: number;
  /** Memory in megabytes. Pages that several processes share count in each, as in `ps`. */
  readonly rss: number;
  /** Memory in megabytes. Shared pages count once. */
  readonly pss: number;
  readonly cpuSeconds: number;
}

/** @returns `pid` and its descendants. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) parents.set(Number(name), Number(stat[1]));
  }
  const tree = [pid];
  for (const one of tree) for (const [child, parent] of parents) if (parent === one) tree.push(child);
  return tree;
}

export function usage(pid: number): Usage {
  const tree = processTree(pid);
  const sum = (of: (pid: number) => number) => tree.reduce((total, one) => total + of(one), 0);
  return {
    processes: tree.length,
    rss: sum((one) => memory(one, "Rss")),
    pss: sum((one) => memory(one, "Pss")),
    cpuSeconds: sum((one) => {
      const stat = statOf(one);
      return stat ? (Number(stat[11]) + Number(stat[12])) * TICK_SECONDS : 0;
    }),
  };
}

/**
 * Time that all other processes of this machine have used, without `pid` and its descendants. It comes from their own
 * counts: those of the processors are taken at each tick, and miss most work that is shorter than one.
 */
export function othersCpuSeconds(pid: number): number {
  const own = new Set(processTree(pid));
  const times = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .map((name) => statOf(Number(name))?.slice(11, 15).map(Number) ?? []);
  // User and system time of the process and of its children that have ended.
  return times.flat().reduce((total, ticks) => total + ticks, 0) * TICK_SECONDS;
}

/** Megabytes. */
function memory(pid: number, kind: "Rss" | "Pss"): number {
  const kilobytes = new RegExp(`^${kind}: +(\\d+) kB`, "m").exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return (Number(kilobytes ?? 0) * 1024) / MEGABYTE;
}

/** The fields after the name, which may hold spaces. The first is the state. */
function statOf(pid: number): string[] | undefined {
  return read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ");
}

/** Empty for a process that has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
