/** The model, as those see it who ask it and those who run it. Types only. */
import type { Tensors } from "../../../contract/index.ts";

export interface Predictor {
  /**
   * Has the model answer.
   *
   * @param outputs Names of the outputs wanted; there may be others in the answer.
   * @param times Is filled in.
   * @throws RequestError: 503 when full, shutting down, or when the process of the model ended; 504 when late.
   */
  run(inputs: Tensors, outputs: readonly string[], options?: RunOptions, times?: RunTimes): Promise<Tensors>;
  /** @throws RequestError as `run`, where it would whatever the inputs: before the work of reading them. */
  admit(options: RunOptions): void;
  /** Refuses further requests, ends those that were taken and frees the model. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** Milliseconds of `performance.now()`, after which the answer is of no use. */
  readonly deadline?: number | undefined;
  /** Whether the caller has left, so that nobody reads the answer. */
  readonly gone?: (() => boolean) | undefined;
}

/** When a request waited and ran: milliseconds of `performance.now()`. What did not happen is absent. */
export interface RunTimes {
  queuedAt?: number;
  startedAt?: number;
  endedAt?: number;
}

/** Runs the model, one run at a time. */
export interface Runner {
  /** @throws RequestError if the run's requests may be sent again, any other error if the model cannot take them. */
  run(inputs: Tensors, outputs: readonly string[]): Promise<Tensors>;
}
