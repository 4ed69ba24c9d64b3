/** A child process that runs the model within limits. Edge. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { CannotJudge } from "./cannotJudge.ts";
import {
  failed,
  type Job,
  type Measurements,
  type Order,
  type Outcome,
  type Progress,
  type Step,
} from "./measurements.ts";

export interface Limits {
  /** For each step (loading, one golden request, the rows of one table, the timed runs), by the clock. */
  readonly stepSeconds: number;
  /** For the process in all, on all cores: it must end even when nobody is left to end it. */
  readonly cpuSeconds: number;
  /** Private memory of the process, Node.js itself included. */
  readonly mebibytes: number;
}

/** Far above what an honest model needs. */
export const LIMITS: Limits = { stepSeconds: 120, cpuSeconds: 3600, mebibytes: 4096 };

/** Rows per run: more gains nothing, and memory grows with it. */
export const BATCH = 1024;

/**
 * The kernel holds the process to its limits even when this one is gone. Memory that is polled for would be found
 * out too late: a model can take gigabytes at once. (macOS does not enforce the limit on memory.)
 */
const WITHIN_LIMITS = 'ulimit -t "$1" && ulimit -d "$2" && shift 2 && exec "$@"';

/** As Node.js, the C++ library and the kernel say it. */
const OUT_OF_MEMORY = /\bOOM\b|out of memory|bad_alloc|cannot allocate memory/i;

/** A process in which one model can be measured. */
export interface Runner {
  /** Has the process load the model in this file, before there is a job: rows take time to be read. */
  load(model: string): void;
  /**
   * Measures the model that was loaded, once.
   *
   * @param meanwhile Called when the process has its job.
   * @returns what was measured until the process ended; the step in which that happened has an error.
   * @throws CannotJudge if ONNX Runtime does not run here.
   */
  measure(job: Job, meanwhile?: () => void): Promise<Measurements>;
  /** Ends the process, whatever it does: that is safe, unlike ending a thread in the middle of a run. */
  stop(): void;
}

/** Measures a model in a process of its own. */
export async function measureIsolated(model: string, job: Job, limits?: Limits): Promise<Measurements> {
  const runner = startRunner(limits);
  try {
    runner.load(model);
    return await runner.measure(job);
  } finally {
    runner.stop();
  }
}

/** Starts a process that loads ONNX Runtime, and waits for what it is to do. */
export function startRunner({ stepSeconds, cpuSeconds, mebibytes }: Limits = LIMITS): Runner {
  const node = [process.execPath, ...running(fileURLToPath(new URL("measure.ts", import.meta.url)))];
  const limits = [cpuSeconds, mebibytes * 1024].map(String);
  const child = spawn("sh", ["-c", WITHIN_LIMITS, "sh", ...limits, ...node], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const tooLittle = `It needs more than the ${mebibytes} MiB of memory that it may take.`;
  let lastWords = "";
  child.stderr?.on("data", (text) => {
    lastWords = `${lastWords}${text}`.slice(-4096);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (OUT_OF_MEMORY.test(lastWords)) resolve(tooLittle);
      else resolve(`Its process ended with ${signal ?? `exit code ${code}`}.`);
    });
  });

  const loaded = new Promise<Progress>((resolve) => {
    child.once("message", (message) => resolve(message as Progress));
  });
  const tell = (order: Order, told?: () => void) =>
    child.send(order, (error) => {
      if (error === null) told?.(); // else the process has ended
    });

  return {
    load: (model) => tell({ model }),
    stop: () => child.kill("SIGKILL"),
    measure: (job, meanwhile) =>
      new Promise((resolve, reject) => {
        const measured: Writable<Measurements> = { load: { error: "" }, golden: [], tables: {} };
        let step: Step = { kind: "load" };
        let clock: NodeJS.Timeout | undefined;
        const end = (error?: string) => {
          clearTimeout(clock);
          child.removeAllListeners("message");
          if (error !== undefined) put(measured, step, { error });
          resolve(measured);
        };
        const begin = (next: Step) => {
          step = next;
          clearTimeout(clock);
          clock = setTimeout(() => end(`It was not done after ${stepSeconds} s.`), stepSeconds * 1000);
        };
        begin(step);
        const hear = (progress: Progress) => {
          if ("begun" in progress) begin(progress.begun);
          else if ("done" in progress) {
            const { done, outcome } = progress;
            put(
              measured,
              done,
              failed(outcome) && OUT_OF_MEMORY.test(outcome.error) ? { error: tooLittle } : outcome,
            );
          } else if ("mebibytes" in progress) {
            measured.memory = progress;
            end(); // it is the last that the process says
          } else {
            const fix = "judge it on Linux, Windows or a Mac with an Apple processor, after `npm ci`";
            reject(new CannotJudge(`ONNX Runtime does not run on this machine: ${progress.cannotRun}`, fix));
            end();
          }
        };
        const goOn = (progress: Progress) => {
          child.on("message", (message) => hear(message as Progress));
          hear(progress);
          if (!failed(measured.load)) tell({ job }, meanwhile);
        };
        void loaded.then(goOn);
        void ended.then(end);
      }),
  };
}

/** From 22.18 on, Node.js runs TypeScript by itself. Before, tsx starts in half the time where files are required. */
function running(file: string): string[] {
  if ((process.features as { typescript?: unknown }).typescript) return [file];
  const tsx = createRequire(import.meta.url).resolve("tsx/cjs");
  return ["--require", tsx, "--eval", `require(${JSON.stringify(file)})`];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function put(measured: Writable<Measurements>, step: Step, outcome: Outcome<object>): void {
  switch (step.kind) {
    case "golden":
      measured.golden = [...measured.golden, outcome as Measurements["golden"][number]];
      break;
    case "table":
      measured.tables = {
        ...measured.tables,
        [step.name]: outcome as Measurements["tables"][string],
      };
      break;
    default:
      measured[step.kind] = outcome as never;
  }
}
