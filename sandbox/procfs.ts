/** What Linux's /proc says about processes and listening ports. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process, told apart from a later one with the same number by its start time and the machine's boot. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the process' start: field 22 of /proc/PID/stat. */
  readonly startTime: string;
  readonly bootId: string;
}

/** The identity of a living process, or undefined if there is none (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the name, is in parentheses and may hold spaces and parentheses itself.
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

/** The arguments of a process, or [] if it has gone or may not be read. */
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

/** Which of `ports` somebody listens on (TCP, any address), with the process where it can be seen. */
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
        return []; // closed since it was listed
      }
    });
  } catch {
    return []; // ended since it was listed, or another user's
  }
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").trimEnd().split("\n");
  } catch {
    return []; // a machine without IPv6 has no tcp6
  }
}
