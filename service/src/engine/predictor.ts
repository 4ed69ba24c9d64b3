/** The model, for callers and for runners. Types only. */
import type { Tensors } from "../../../contract/index.ts";

export interface Predictor {
  /**
   * Has the model answer.
   *
   * @param outputs The names of the outputs wanted. The answer can have others too.
   * @param times The engine fills it in.
   * @throws RequestError: 503 when full, shutting down, or when the process of the model ended; 504 when late.
   */
  run(inputs: Tensors, outputs: readonly string[], options?: RunOptions, times?: RunTimes): Promise<Tensors>;
  /** Spares the work of reading inputs. @throws RequestError if `run` would throw it for any inputs. */
  admit(options: RunOptions): void;
  /** Refuses further requests, answers the ones that were taken, and frees the model. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** The answer is of no use after this time of `performance.now()`. */
  readonly deadline?: number | undefined;
  /** Whether the caller has left, so that nobody reads the answer. */
  readonly cancelled?: (() => boolean) | undefined;
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
