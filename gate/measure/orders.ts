/** What passes between the gate and the process that runs the model. Plain data. */
import type { TensorInfo, TensorValues } from "../../contract/index.ts";

/** Seconds of one action: of the processor, all threads together, and by the clock. */
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
  /** The first of them: `NaN`, `Infinity` or `-Infinity`. */
  readonly value: string;
  /** Where they are along the first dimension, ascending, each once; not all if there are many. */
  readonly rows: readonly number[];
}

/** What the process is told to do, one after the other. */
export type Order =
  /** Loads the model in this file, in place of the one before. @param threads Unset: ONNX Runtime's choice. */
  | { readonly do: "load"; readonly model: string; readonly threads?: number }
  /** Runs it. @param outputs What is computed. @param returned What of that is sent back. */
  | {
      readonly do: "run";
      readonly inputs: TensorValues;
      readonly outputs: readonly string[];
      readonly returned: readonly string[];
    }
  /** Runs it a few times over and tells the least time that it took: a pause of the machine is not in it. */
  | { readonly do: "time"; readonly inputs: TensorValues; readonly outputs: readonly string[] }
  /** Tells in what steps the processor's time is counted here: seconds, infinite if it is not. */
  | { readonly do: "clock" }
  /** Tells what loading and running have added to the resident set so far, at its highest, in bytes. */
  | { readonly do: "memory" }
  /** Tells how many replies it has sent, this one not counted. */
  | { readonly do: "end" };

/** One for each order, in their order. */
export type Reply = {
  /** Counts the replies, from 1. */
  readonly number: number;
} & (
  | { readonly result: unknown }
  /** The runtime's own words of why it could not. */
  | { readonly error: string }
  /** The runtime itself does not load here: nothing can be said of any model. */
  | { readonly noRuntime: string }
);

/** What an order's reply holds. */
export interface Results {
  readonly load: Loaded;
  readonly run: Answered;
  readonly time: Seconds;
  readonly clock: number;
  readonly memory: number;
  readonly end: number;
}
