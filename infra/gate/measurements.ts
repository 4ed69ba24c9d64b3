/** What passes between the gate and the process that runs the model. Plain data, types only. */
import type { Contract } from "../../model/contract.ts";
import type { TensorData } from "../../model/tensors.ts";

/** Flat tensors by name, with the shape of this very value. */
export type TensorValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: TensorData }>
>;

/** Rows as one array per tabular input, row-major. */
export interface Rows {
  readonly rows: number;
  readonly inputs: TensorValues;
}

/** What to do with the model, once it is loaded. */
export interface Job {
  readonly contract: Pick<Contract, "inputs" | "outputs">;
  readonly golden: readonly TensorValues[];
  /** Runs over rows: the holdout, and what is made of it. */
  readonly tables: Readonly<Record<string, Table>>;
}

export interface Table extends Rows {
  /** Names of the outputs wanted. */
  readonly outputs: readonly string[];
  /** Rows per run, where the model takes any number. */
  readonly batch: number;
}

export interface TensorInfo {
  readonly name: string;
  /** As the Open Inference Protocol names it, or the runtime's own words for what is no tensor. */
  readonly datatype: string;
  /** -1 for any size. */
  readonly shape: readonly number[];
}

/** What came out, or `error`: the runtime's own words, or what became of its process. */
export type Outcome<T> = T | { readonly error: string };

/** Where the process ended early, what would have come later is absent. */
export interface Measurements {
  readonly load: Outcome<{
    readonly seconds: number;
    readonly inputs: readonly TensorInfo[];
    readonly outputs: readonly TensorInfo[];
  }>;
  /** One per golden request: its answer, and the answer to the same request again. */
  readonly golden: readonly Outcome<{ readonly outputs: TensorValues; readonly again: TensorValues }>[];
  /** By the name of the table; the outputs of all its rows. */
  readonly tables: Readonly<Record<string, Outcome<{ readonly outputs: TensorValues }>>>;
  /** Of runs with one row, in milliseconds. */
  readonly latency?: Outcome<{ readonly p50: number; readonly p99: number; readonly runs: number }>;
  /** What loading and running the model has added to the process' resident set, at its highest. */
  readonly memory?: { readonly mebibytes: number };
}

/** What the process is told: first to load the model in this file; when it has, what to do with it. */
export type Order = { readonly model: string } | { readonly job: Job };

/** One thing that the process does, with a time limit of its own. */
export type Step =
  | { readonly kind: "load" }
  | { readonly kind: "golden"; readonly index: number }
  | { readonly kind: "table"; readonly name: string }
  | { readonly kind: "latency" };

/** What the process says as it goes on. */
export type Progress =
  | { readonly begun: Step }
  | { readonly done: Step; readonly outcome: Outcome<object> }
  | { readonly mebibytes: number }
  /** The runtime itself does not load here: nothing can be said of any model. */
  | { readonly cannotRun: string };

export const failed = <T extends object>(outcome: Outcome<T>): outcome is { readonly error: string } =>
  "error" in outcome;
