/** The measurements of a model. Plain data. */

import type { TensorValues } from "../../contract/index.ts";
import type { Loaded, NotFinite } from "./orders.ts";

/** A value, or why there is none. */
export type Outcome<T> = T | Failed;

export interface Failed {
  /** What went wrong: the runtime's own words, or ours. */
  readonly error: string;
  readonly fix?: string;
}

/** The step was not run, or its result was lost. */
export interface NotRun {
  readonly notRun: string;
  /** What is at fault. A fault of the machine says nothing about the model. */
  readonly fault: "model" | "machine";
  readonly fix?: string;
}

/** The result of a step, the model's failure in it, or why it was not run. */
export type Ran<T> = T | Failed | NotRun;

export const failed = (outcome: object): outcome is Failed => "error" in outcome;
export const notRun = (outcome: object): outcome is NotRun => "notRun" in outcome;
export const ran = <T extends object>(outcome: T | Failed | NotRun): outcome is T =>
  !failed(outcome) && !notRun(outcome);

export interface Measurements {
  readonly load: Ran<Loaded>;
  /** One per golden request: the first answer, and the answer to the same request again. */
  readonly golden: readonly Ran<{ readonly outputs: TensorValues; readonly again: TensorValues }>[];
  /** By the name of the table. */
  readonly tables: Readonly<Record<string, Ran<TableAnswers>>>;
  /** Time of runs with one row. */
  readonly latency: Ran<Latency>;
  /** The most that loading and running the model has added to the process's resident set. */
  readonly memory: Ran<{ readonly mebibytes: number }>;
}

/** The model's answers to the rows of a table. */
export interface TableAnswers {
  /** The returned outputs of all rows, in order. Their values are meaningless for rows on which the model failed. */
  readonly outputs: TensorValues;
  /** Values that are no finite number, for each computed output. */
  readonly notFinite: readonly NotFinite[];
  /** Rows on which the model fails, ascending, if that does not end the table. */
  readonly failures: readonly { readonly row: number; readonly error: string }[];
}

/** Times in milliseconds. */
export interface Latency {
  /** Processor time. */
  readonly p50: number;
  readonly p99: number;
  /** Time by the clock. */
  readonly clock: { readonly p50: number; readonly p99: number };
  /** Number of rows that were run, each alone. */
  readonly rows: number;
}
