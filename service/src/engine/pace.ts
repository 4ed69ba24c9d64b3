/** How fast a model is, and how many rows it takes at a time: tried out before it serves. */
import type { ServedContract, Tensors } from "../../../contract/index.ts";
import type { Runner } from "./predictor.ts";
import { cutRows, joinRows } from "./rows.ts";

export interface Pace {
  /** Rows that a run takes; undefined for a model that takes one request at a time. */
  readonly limit: number | undefined;
  /** What a run of so many rows takes, in milliseconds. */
  readonly runMs: number;
}

/** Both for the same model. */
export interface Paces {
  /** Where a run blocks nothing but other runs. */
  readonly isolated: Pace;
  /** Where a run blocks the process that answers; undefined if it would for too long. */
  readonly inProcess: Pace | undefined;
}

/** What a run may take in the process that answers. Everything else there waits as long. */
const IN_PROCESS_MS = 5;
/** What a run of several rows may take elsewhere: a request waits for the run before its own. */
const ISOLATED_MS = 100;
/** In the process that answers at least so many rows, or else the others wait too often. */
const FEW_ROWS = 16;
/** The best of so many counts: a pause of the machine is not the model's. */
const RUNS = 3;

/** Whether requests can share a run: where all tensors have the rows in their first dimension. */
export function joinable({
  task,
  inputs,
  outputs,
}: Pick<ServedContract, "task" | "inputs" | "outputs">): boolean {
  return task !== "raw" && [...inputs, ...outputs].every(({ shape }) => shape[0] === -1);
}

/**
 * @param sample What the model can answer.
 * @param outputs All that a request may want.
 * @param maxRows Of a run.
 */
export async function measurePace(
  runner: Runner,
  sample: Tensors,
  outputs: readonly string[],
  { joins, maxRows }: { joins: boolean; maxRows: number },
): Promise<Paces> {
  const whole = joins ? cutRows({ tensors: sample, from: 0, to: 1 }) : sample;
  const oneMs = await bestOf(() => runner.run(whole, outputs));
  if (!joins) return paces([{ limit: undefined, runMs: oneMs }]);
  const tried: { limit: number; runMs: number }[] = [{ limit: 1, runMs: oneMs }];
  for (const rows of sizes(maxRows)) {
    const tensors = joinRows(Array.from({ length: rows }, () => ({ tensors: whole, from: 0, to: 1 })));
    const results = await runner.run(tensors, outputs).catch(() => undefined);
    // A model may have been exported for one row whatever its contract says: it gets one row at a time.
    if (!results || [...results.values()].some(({ shape }) => shape[0] !== rows)) break;
    const runMs = await bestOf(() => runner.run(tensors, outputs));
    if (runMs > Math.max(ISOLATED_MS, 2 * oneMs)) break;
    tried.push({ limit: rows, runMs });
  }
  return paces(tried);
}

/** @param tried All that it takes, of ever more rows. */
function paces(tried: readonly Pace[]): Paces {
  const most = tried.at(-1)!;
  const quick = tried.filter(({ runMs }) => runMs <= IN_PROCESS_MS).at(-1);
  const enough = quick && (quick === most || (quick.limit ?? 1) >= FEW_ROWS);
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
    // So slow that no second look changes anything.
    if (best > 10 * IN_PROCESS_MS) break;
  }
  return best;
}
