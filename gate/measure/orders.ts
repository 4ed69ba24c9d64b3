/** Messages between the gate and the process that runs the model. Plain data. */
import type { TensorInfo, TensorValues } from "../../contract/index.ts";

/** Seconds that an action took: processor time of all threads, and time by the clock. */
export interface Seconds {
  readonly cpu: number;
  readonly wall: number;
}

export interface Loaded extends Seconds {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

export interface Answered {
  readonly outputs: TensorValues;
  /** Values that are no finite numbers, by output. */
  readonly notFinite: readonly NotFinite[];
}

export interface NotFinite {
  readonly output: string;
  readonly count: number;
  /** The first such value: `NaN`, `Infinity` or `-Infinity`. */
  readonly value: string;
  /** Their indices in the first dimension, ascending, each once. Not all if there are many. */
  readonly rows: readonly number[];
}

/** What the process must do. It takes one order at a time. */
export type Order =
  /** Loads the model in this file, and drops the one before. @param threads Unset: ONNX Runtime's choice. */
  | { readonly do: "load"; readonly model: string; readonly threads?: number }
  /** Runs it. @param outputs Outputs to compute. @param returned Those of them to send back. */
  | {
      readonly do: "run";
      readonly inputs: TensorValues;
      readonly outputs: readonly string[];
      readonly returned: readonly string[];
    }
  /** Runs it a few times and reports the shortest time, so that a pause of the machine does not count. */
  | { readonly do: "time"; readonly inputs: TensorValues; readonly outputs: readonly string[] }
  /** Reports the steps in which processor time is counted here, in seconds. Infinite if it is not counted. */
  | { readonly do: "clock" }
  /** Reports the most that loading and running have added to the resident set so far, in bytes. */
  | { readonly do: "memory" }
  /** Reports how many replies it has sent, without this one. */
  | { readonly do: "end" };

/** One for each order, in the same sequence. */
export type Reply = {
  /** Counts the replies, from 1. */
  readonly number: number;
} & (
  | { readonly result: unknown }
  /** The runtime's own message. */
  | { readonly error: string }
  /** The runtime itself does not load here, so no model can be judged. */
  | { readonly noRuntime: string }
);

/** The result of each order. */
export interface Results {
  readonly load: Loaded;
  readonly run: Answered;
  readonly time: Seconds;
  readonly clock: number;
  readonly memory: number;
  readonly end: number;
}
