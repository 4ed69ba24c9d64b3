/** Has the model answer a request, and shows each prediction to those who observe: the one place for all protocols. */
import type { Logger } from "pino";
import type { Tensors } from "../../../contract/index.ts";
import type { Predictor, RunOptions, RunTimes } from "./predictor.ts";

/** A request that the model has answered. */
export interface Prediction {
  /** The id of the request, as its answer has it in `X-Request-Id`. */
  readonly id: string;
  /** What the caller asked. */
  readonly inputs: Tensors;
  /** The outputs that the caller asked for. */
  readonly outputs: readonly string[];
  /** These outputs, with the rows of this request alone. */
  readonly results: Tensors;
  readonly release: string;
  readonly times: RunTimes;
}

/**
 * Is called before the answer is sent, which waits for it. The tensors can be parts of larger ones: an observer copies
 * what it keeps.
 */
export type PredictionObserver = (prediction: Prediction) => void;

export interface PredictOptions extends RunOptions {
  /** The id of the request. */
  readonly id: string;
  /** The engine fills it in. */
  readonly times?: RunTimes | undefined;
}

/**
 * @param write Makes the answer. A request for which it throws has failed, and is no prediction.
 * @returns what `write` returns. Rejects with what the run or `write` throws.
 */
export type Predict = <Answer>(
  inputs: Tensors,
  outputs: readonly string[],
  options: PredictOptions,
  write: (results: Tensors) => Answer,
) => Promise<Answer>;

/** @param log Gets the first error of each observer. No error of an observer reaches the caller. */
export function createPredict({
  predictor,
  release,
  observers = [],
  log,
}: {
  readonly predictor: Pick<Predictor, "run">;
  readonly release: string;
  readonly observers?: readonly PredictionObserver[];
  readonly log: Pick<Logger, "error">;
}): Predict {
  if (observers.length === 0)
    return (inputs, outputs, options, write) =>
      predictor.run(inputs, outputs, options, options.times).then(write);

  const guarded = observers.map((observe) => logFirstError(observe, log));
  return (inputs, outputs, options, write) => {
    const times = options.times ?? {};
    return predictor.run(inputs, outputs, options, times).then((results) => {
      const answer = write(results);
      const prediction = { id: options.id, inputs, outputs, results: only(outputs, results), release, times };
      for (const observe of guarded) observe(prediction);
      return answer;
    });
  };
}

function logFirstError(observe: PredictionObserver, log: Pick<Logger, "error">): PredictionObserver {
  let failed = false;
  return (prediction) => {
    try {
      observe(prediction);
    } catch (err) {
      if (!failed) log.error({ err }, "an observer of predictions failed; its next errors are not logged");
      failed = true;
    }
  };
}

/** A run that requests share gives the outputs that any of them asked for. */
function only(outputs: readonly string[], results: Tensors): Tensors {
  return results.size === outputs.length
    ? results
    : new Map([...results].filter(([name]) => outputs.includes(name)));
}
