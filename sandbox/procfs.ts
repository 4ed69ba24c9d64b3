/** Reads Linux's /proc: processes and listening ports. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process. Its start time and the machine's boot tell it apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: the process' start after boot, in clock ticks. */
  readonly startTime: string;
  readonly bootId: string;
}

/** The identity of a living process; undefined if there is none. A zombie does not count as living. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name, in parentheses. It may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [processState, startTime] = [fields[0], fields[19]];
    if (processState === "Z" || startTime === undefined) return undefined;
    return { pid, startTime, bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() };
  } catch {
    return undefined;
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now?.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** The arguments of a process; [] if it has gone or may not be read. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

export function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Those of `ports` on which a process listens (TCP, any address), with the process if it can be seen. */
export function listeners(ports: readonly number[]): { port: number; pid?: number }[] {
  const found = new Map<string, number>();
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readLines(file).slice(1)) {
      const [, local = "", , socketState, , , , , , inode = ""] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(":")[1] ?? "", 16);
      if (socketState === LISTEN && ports.includes(port)) found.set(inode, port);
    }
  }
  if (found.size === 0) return [];
  const owners = socketOwners(new Set(found.keys()));
  return [...found].map(([inode, port]) => {
    const pid = owners.get(inode);
    return pid === undefined ? { port } : { port, pid };
  });
}

const LISTEN = "0A";

function socketOwners(inodes: ReadonlySet<string>): Map<string, number> {
  const owners = new Map<string, number>();
  for (const pid of processes()) {
    for (const link of fileDescriptors(pid)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, pid);
    }
  }
  return owners;
}

function fileDescriptors(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return []; // closed after the listing
      }
    });
  } catch {
    return []; // ended after the listing, or another user's
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n");
  } catch {
    return []; // a machine without IPv6 has no tcp6
  }
}
