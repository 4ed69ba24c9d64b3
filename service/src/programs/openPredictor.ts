/** Opens the model. Where it runs follows from how fast it is. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { ServedContract } from "../../../contract/index.ts";
import { createEngine, type Engine, type EngineOptions } from "../engine/engine.ts";
import { openSession } from "../engine/modelSession.ts";
import type { Predictor, Runner } from "../engine/predictor.ts";
import { openRunnerPool } from "../engine/runnerPool.ts";
import { batchable, profileRuns, type RunProfile, type RunProfiles } from "../engine/runProfile.ts";
import { firstGolden } from "../golden/firstGolden.ts";
import { sampleInputs } from "./sample.ts";
import type { RunMode } from "./settings.ts";
import { startProcess } from "./startProcess.ts";

export interface PredictorOptions extends Omit<EngineOptions, "batching" | "runMs"> {
  /** Rows of one run, at most. */
  readonly maxBatchRows: number;
  readonly runMode: RunMode;
  /** The processors for runs in processes of their own. */
  readonly cpus: number;
  readonly log: Pick<Logger, "error">;
  /** Is called when the model's processes end as soon as they have begun. */
  onGiveUp(): void;
}

export interface OpenedPredictor extends Predictor {
  readonly mode: Exclude<RunMode, "auto">;
}

/** How many processes run the model, at most. Each holds it in memory, and further processors serve as threads. */
const MOST_RUNNERS = 4;
/** How long runs may still take when the predictor is closed, before their processes are ended, in milliseconds. */
const CLOSE_MS = 2_000;
/** A run that takes this many times as long as any caller waits is ended with its process. */
const RUN_LIMIT = 2;
/** The profile of a model that cannot be tried out. */
const UNKNOWN: RunProfile = { maxRows: 16, runMs: 100 };

/**
 * Loads a model that fits the contract, measures how fast it is, and decides where it runs.
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
  const tries = { joins: batchable(contract), maxRows: options.maxBatchRows };
  const measure = async (runner: Runner): Promise<RunProfiles> =>
    sample ? profileRuns(runner, sample, outputs, tries) : { isolated: UNKNOWN, inProcess: undefined };
  const engineFor = ({ maxRows, runMs }: RunProfile) => {
    const dynamicShapes = contract.inputs.some(({ shape }) => shape.slice(1).includes(-1));
    const batching = tries.joins && maxRows !== undefined ? { maxRows, dynamicShapes } : undefined;
    return createEngine({ ...options, runMs, batching });
  };
  let profiles: RunProfiles | undefined;

  if (options.runMode !== "isolated") {
    const session = await openSession(join(modelDir, "model.onnx"), contract, { threads: 1 });
    profiles = await measure(session);
    const profile =
      options.runMode === "auto" ? profiles.inProcess : (profiles.inProcess ?? profiles.isolated);
    if (profile) {
      const engine = engineFor(profile);
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
    onReady(runner) {
      runners.add(runner);
      engine?.attach(runner);
    },
    onExit(runner) {
      runners.delete(runner);
      engine?.detach(runner);
    },
    onGiveUp: options.onGiveUp,
    runLimitMs: RUN_LIMIT * options.timeoutMs,
    log: options.log,
  });
  profiles ??= await measure(pool.first);
  engine = engineFor(profiles.isolated);
  for (const runner of runners) engine.attach(runner);
  const { close } = engine;
  const ended = () => Promise.race([close(), sleep(CLOSE_MS, undefined, { ref: false })]);
  return { mode: "isolated", ...engine, close: () => ended().then(pool.close) };
}
