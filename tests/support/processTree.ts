/** What a process and all that it started use together, as Linux counts it. */
import { readdirSync, readFileSync } from "node:fs";

/** Of one tick in /proc/PID/stat: USER_HZ, which is 100 on every Linux that Node.js runs on. */
const TICK_SECONDS = 0.01;
const MEGABYTE = 1e6;

export interface Usage {
  readonly processes: number;
  /** Megabytes. Pages that several processes share are counted in each, as `ps` does. */
  readonly rss: number;
  /** Megabytes. Pages that several share are counted once. */
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
 * What all processes of this machine but `pid` and its descendants have used. From their own counts: those of the
 * processors are taken at each tick, and miss most of what runs for less than one.
 */
export function othersCpuSeconds(pid: number): number {
  const own = new Set(processTree(pid));
  const times = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && !own.has(Number(name)))
    .map((name) => statOf(Number(name))?.slice(11, 15).map(Number) ?? []);
  // User and system, of itself and of its children that have ended.
  return times.flat().reduce((total, ticks) => total + ticks, 0) * TICK_SECONDS;
}

/** Megabytes. */
function memory(pid: number, kind: "Rss" | "Pss"): number {
  const kilobytes = new RegExp(`^${kind}: +(\\d+) kB`, "m").exec(read(`/proc/${pid}/smaps_rollup`))?.[1];
  return (Number(kilobytes ?? 0) * 1024) / MEGABYTE;
}

/** The fields after the name, which may hold spaces itself; the first is the state. */
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
