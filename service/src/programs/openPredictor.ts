/** Opens the model: where it runs follows from how fast it is. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { ServedContract } from "../../../contract/index.ts";
import { createEngine, type Engine, type EngineOptions } from "../engine/engine.ts";
import { openSession } from "../engine/modelSession.ts";
import { joinable, measurePace, type Pace, type Paces } from "../engine/pace.ts";
import type { Predictor, Runner } from "../engine/predictor.ts";
import { openRunnerPool } from "../engine/runnerPool.ts";
import { firstGolden } from "../golden/firstGolden.ts";
import { sampleInputs } from "./sample.ts";
import type { RunMode } from "./settings.ts";
import { startProcess } from "./startProcess.ts";

export interface PredictorOptions extends Omit<EngineOptions, "joining" | "runMs"> {
  /** Rows of one run, at most. */
  readonly maxBatchRows: number;
  readonly runMode: RunMode;
  /** Processors for runs, where they block no answers. */
  readonly cpus: number;
  readonly log: Pick<Logger, "error">;
  /** The model's processes end as soon as they have begun. */
  givenUp(): void;
}

export interface OpenedPredictor extends Predictor {
  readonly mode: Exclude<RunMode, "auto">;
}

/** Each has the model in memory, and what it has more of it could have as threads. */
const MOST_RUNNERS = 4;
/** What runs under way get when the predictor is closed, before they are ended with their process: milliseconds. */
const CLOSE_MS = 2_000;
/** A run that takes so many times as long as any caller waits is ended with its process. */
const RUN_LIMIT = 2;
/** Of a model that cannot be tried out. */
const UNKNOWN: Pace = { limit: 16, runMs: 100 };

/**
 * Loads a model that fits the contract, tries out how fast it is, and decides by that where it runs.
 *
 * @param modelDir Folder with model.onnx and, if there are any, golden.json.
 * @throws Error saying what is wrong with the model, fit for the log's one line.
 */
export async function openPredictor(
  modelDir: string,
  contract: ServedContract,
  options: PredictorOptions,
): Promise<OpenedPredictor> {
  const outputs = contract.outputs.map(({ name }) => name);
  const sample = sampleInputs(contract, await firstGolden(modelDir));
  const tries = { joins: joinable(contract), maxRows: options.maxBatchRows };
  const measure = async (runner: Runner): Promise<Paces> =>
    sample ? measurePace(runner, sample, outputs, tries) : { isolated: UNKNOWN, inProcess: undefined };
  const engineFor = ({ limit, runMs }: Pace) => {
    const shapes = contract.inputs.some(({ shape }) => shape.slice(1).includes(-1));
    const joining = tries.joins && limit !== undefined ? { limit, shapes } : undefined;
    return createEngine({ ...options, runMs, joining });
  };
  let paces: Paces | undefined;

  if (options.runMode !== "isolated") {
    const session = await openSession(join(modelDir, "model.onnx"), contract, { threads: 1 });
    paces = await measure(session);
    const pace = options.runMode === "auto" ? paces.inProcess : (paces.inProcess ?? paces.isolated);
    if (pace) {
      const engine = engineFor(pace);
      engine.attach(session);
      return { mode: "in-process", ...engine, close: () => engine.close().then(session.release) };
    }
    await session.release();
  }

  const count = Math.min(options.cpus, MOST_RUNNERS);
  const threads = Math.max(1, Math.floor(options.cpus / count));
  const runners = new Set<Runner>();
  let engine: Engine | undefined;
  const pool = await openRunnerPool({
    count,
    start: () => startProcess("runner", [modelDir, String(threads)]),
    ready(runner) {
      runners.add(runner);
      engine?.attach(runner);
    },
    gone(runner) {
      runners.delete(runner);
      engine?.detach(runner);
    },
    givenUp: options.givenUp,
    runLimitMs: RUN_LIMIT * options.timeoutMs,
    log: options.log,
  });
  paces ??= await measure(pool.first);
  engine = engineFor(paces.isolated);
  for (const runner of runners) engine.attach(runner);
  const { close } = engine;
  const ended = () => Promise.race([close(), sleep(CLOSE_MS, undefined, { ref: false })]);
  return { mode: "isolated", ...engine, close: () => ended().then(pool.close) };
}
