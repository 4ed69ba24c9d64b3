/**
 * Judges a folder in a process that does nothing else. Prints how long that took, without what it takes to start: neither
 * this process nor the one that runs the model, which is started before; and how much memory both had at their highest.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { judge } from "../../gate/judge.ts";
import { LIMITS } from "../../gate/measure/limits.ts";
import { spawnModel, type Wire } from "../../gate/measure/spawnModel.ts";

export interface TimedJudgement {
  readonly seconds: number;
  readonly verdict: string;
  /** MiB at the start, and at the highest: of the gate, and of the process that runs the model (0 outside of Linux). */
  readonly memory: { readonly [of in "gate" | "model"]: { readonly start: number; readonly peak: number } };
}

/** Milliseconds in which the runtime has surely been loaded. */
const START = 1500;

const [folder = "model"] = process.argv.slice(2);
const wire = spawnModel(LIMITS);
await sleep(START);
const start = { gate: process.memoryUsage.rss() / 2 ** 20, model: peakOf(wire.pid) };
let model = start.model;
const watched: Wire = {
  ...wire,
  onReply: (hear) =>
    wire.onReply((reply) => {
      model = Math.max(model, peakOf(wire.pid));
      hear(reply);
    }),
};
const started = performance.now();
const { report } = await judge(folder, { spawn: () => watched });
const seconds = (performance.now() - started) / 1000;
const timed: TimedJudgement = {
  seconds,
  verdict: report.verdict,
  memory: {
    gate: { start: start.gate, peak: process.resourceUsage().maxRSS / 1024 },
    model: { start: start.model, peak: model },
  },
};
console.log(JSON.stringify(timed));

function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
