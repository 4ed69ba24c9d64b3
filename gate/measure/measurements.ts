/** What was measured of a model. Plain data. */

import type { TensorValues } from "../../contract/index.ts";
import type { Loaded, NotFinite } from "./orders.ts";

/** A value, or why there is none. */
export type Outcome<T> = T | Failed;

export interface Failed {
  /** What went wrong: the runtime's own words, or ours. */
  readonly error: string;
  readonly fix?: string;
}

/** It never came to that. */
export interface NotRun {
  readonly notRun: string;
  /** Whose fault that is. What the machine is to blame for says nothing of the model. */
  readonly fault: "model" | "machine";
  readonly fix?: string;
}

/** What a step has given, what the model failed with in it, or why there was no such step. */
export type Ran<T> = T | Failed | NotRun;

export const failed = (outcome: object): outcome is Failed => "error" in outcome;
export const notRun = (outcome: object): outcome is NotRun => "notRun" in outcome;
/** Whether there is a value. */
export const ran = <T extends object>(outcome: T | Failed | NotRun): outcome is T =>
  !failed(outcome) && !notRun(outcome);

export interface Measurements {
  readonly load: Ran<Loaded>;
  /** One per golden request: its answer, and the answer to the same request again. */
  readonly golden: readonly Ran<{ readonly outputs: TensorValues; readonly again: TensorValues }>[];
  /** By the name of the table. */
  readonly tables: Readonly<Record<string, Ran<TableAnswers>>>;
  /** Of runs with one row. */
  readonly latency: Ran<Latency>;
  /** What loading and running the model has added to the process' resident set, at its highest. */
  readonly memory: Ran<{ readonly mebibytes: number }>;
}

/** What the model gives for the rows of a table. */
export interface TableAnswers {
  /** Those that are sent back, of all rows, one after the other. Of rows on which the model failed, without meaning. */
  readonly outputs: TensorValues;
  /** What is no finite number, of each output that is computed. */
  readonly notFinite: readonly NotFinite[];
  /** Rows on which the model fails, ascending, where that does not end the table. */
  readonly failures: readonly { readonly row: number; readonly error: string }[];
}

/** Milliseconds. */
export interface Latency {
  /** Of the processor. */
  readonly p50: number;
  readonly p99: number;
  /** By the clock. */
  readonly clock: { readonly p50: number; readonly p99: number };
  /** Rows that were run, each alone. */
  readonly rows: number;
}
