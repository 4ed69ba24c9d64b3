/** Measures how fast a model is and how many rows it takes at a time, before it serves. */
import type { ServedContract, Tensors } from "../../../contract/index.ts";
import type { Runner } from "./predictor.ts";
import { cutRows, joinRows } from "./rows.ts";

export interface RunProfile {
  /** Rows that a run takes; undefined for a model that takes one request at a time. */
  readonly maxRows: number | undefined;
  /** How long a run of that many rows takes, in milliseconds. */
  readonly runMs: number;
}

/** One model, by where it runs. */
export interface RunProfiles {
  /** In a process of its own, where a run blocks other runs only. */
  readonly isolated: RunProfile;
  /** In the process that answers, which a run blocks; undefined if every run would block it for too long. */
  readonly inProcess: RunProfile | undefined;
}

/** How long a run may take in the process that answers, where everything else waits for it. */
const IN_PROCESS_MS = 5;
/** How long a run of several rows may take elsewhere. A request waits for the run before its own. */
const ISOLATED_MS = 100;
/** In the process that answers, a run takes at least this many rows. Otherwise the others wait too often. */
const FEW_ROWS = 16;
/** How many runs are timed. The quickest counts, since a pause of the machine is not the model's. */
const RUNS = 3;

/** Whether requests can share a run: all tensors must have the rows in their first dimension. */
export function batchable({
  task,
  inputs,
  outputs,
}: Pick<ServedContract, "task" | "inputs" | "outputs">): boolean {
  return task !== "raw" && [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
}

/**
 * @param sample Inputs that the model can answer.
 * @param outputs All outputs that a request can ask for.
 * @param maxRows The rows of a run, at most.
 */
export async function profileRuns(
  runner: Runner,
  sample: Tensors,
  outputs: readonly string[],
  { joins, maxRows }: { joins: boolean; maxRows: number },
): Promise<RunProfiles> {
  const whole = joins ? cutRows({ tensors: sample, from: 0, to: 1 }) : sample;
  const oneMs = await bestOf(() => runner.run(whole, outputs));
  if (!joins) return profiles([{ maxRows: undefined, runMs: oneMs }]);
  const tried: { maxRows: number; runMs: number }[] = [{ maxRows: 1, runMs: oneMs }];
  for (const rows of sizes(maxRows)) {
    const tensors = joinRows(Array.from({ length: rows }, () => ({ tensors: whole, from: 0, to: 1 })));
    const results = await runner.run(tensors, outputs).catch(() => undefined);
    // A model can have been exported for one row, whatever its contract says. It gets one row at a time.
    if (!results || [...results.values()].some(({ shape }) => shape[0] !== rows)) break;
    const runMs = await bestOf(() => runner.run(tensors, outputs));
    if (runMs > Math.max(ISOLATED_MS, 2 * oneMs)) break;
    tried.push({ maxRows: rows, runMs });
  }
  return profiles(tried);
}

/** @param tried The runs that the model takes, by rising rows. */
function profiles(tried: readonly RunProfile[]): RunProfiles {
  const most = tried.at(-1)!;
  const quick = tried.filter(({ runMs }) => runMs <= IN_PROCESS_MS).at(-1);
  const enough = quick && (quick === most || (quick.maxRows ?? 1) >= FEW_ROWS);
  return { isolated: most, inProcess: enough ? quick : undefined };
}

/** 4, 16, 64, …, and `maxRows`. */
function sizes(maxRows: number): number[] {
  const powers = Array.from({ length: 12 }, (_, i) => 4 ** (i + 1)).filter((rows) => rows < maxRows);
  return maxRows > 1 ? [...powers, maxRows] : [];
}

async function bestOf(run: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await run();
    best = Math.min(best, performance.now() - started);
    // It is so slow that another run changes nothing.
    if (best > 10 * IN_PROCESS_MS) break;
  }
  return best;
}
