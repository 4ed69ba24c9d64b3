/** Starts the process that runs the model, with limits that the kernel enforces. Edge. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { FrameReader, toFrame } from "./frames.ts";
import type { Order, Reply } from "./orders.ts";

/** Limits that the kernel enforces, even if the gate is gone. */
export interface KernelLimits {
  /** Processor time on all cores, in seconds. */
  readonly cpuSeconds: number;
  /** Private memory, Node.js itself included. (macOS does not enforce it.) */
  readonly mebibytes: number;
}

/** How a process ended: with a code, by a signal, or without having started. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its standard error. */
  readonly lastWords: string;
}

/** The connection to the process. */
export interface Wire {
  readonly pid: number | undefined;
  /** The sender must wait for replies before it sends much more: what the pipe does not take is kept in memory. */
  send(order: Order): void;
  onReply(hear: (reply: Reply) => void): void;
  /** Called once, after the last reply. */
  onEnd(hear: (ended: Ended) => void): void;
  /** Ends the process, whatever it is doing. This is safe, unlike ending a thread in the middle of a run. */
  kill(): void;
}

/**
 * Polling would notice memory too late: a model can take gigabytes at once. The soft limit of time sends SIGXCPU. The hard
 * one, five seconds later, sends SIGKILL, which the system also sends for its own reasons.
 */
const WITHIN_LIMITS =
  'ulimit -S -t "$1" && ulimit -H -t "$(($1 + 5))" && ulimit -d "$2" && shift 2 && exec "$@"';

/** Environment variables that a program needs to start and to find its libraries. Logins are not among them. */
const NEEDED = /^(PATH|TMPDIR|TZ|LANG|LC_[A-Z]+|LD_LIBRARY_PATH|DYLD_[A-Z_]+)$/;

export function spawnModel({ cpuSeconds, mebibytes }: KernelLimits): Wire & { readonly socket: Duplex } {
  const node = [process.execPath, ...running(fileURLToPath(new URL("runModel.ts", import.meta.url)))];
  const limits = [Math.ceil(cpuSeconds), Math.ceil(mebibytes) * 1024].map(String);
  const child = spawn("sh", ["-c", WITHIN_LIMITS, "sh", ...limits, ...node], {
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => NEEDED.test(name))),
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const socket = child.stdio[3] as Duplex;
  socket.on("error", () => {}); // it has ended, and `onEnd` reports that
  let lastWords = "";
  child.stderr?.on("data", (text) => {
    lastWords = `${lastWords}${text}`.slice(-4096);
  });
  return {
    socket,
    pid: child.pid,
    send(order) {
      socket.cork();
      for (const part of toFrame(order)) socket.write(part);
      socket.uncork();
    },
    onReply(hear) {
      const frames = new FrameReader();
      socket.on("data", (piece: Buffer) => {
        for (const reply of frames.push(piece)) hear(reply as Reply);
      });
    },
    onEnd(hear) {
      child.once("error", ({ message }) => hear({ code: null, signal: null, lastWords: message }));
      child.once("close", (code, signal) => hear({ code, signal, lastWords }));
    },
    kill: () => child.kill("SIGKILL"),
  };
}

/** From 22.18 on, Node.js runs TypeScript by itself. Before, tsx starts in half the time if files are required. */
function running(file: string): string[] {
  if ((process.features as { typescript?: unknown }).typescript) return [file];
  const tsx = createRequire(import.meta.url).resolve("tsx/cjs");
  return ["--require", tsx, "--eval", `require(${JSON.stringify(file)})`];
}
