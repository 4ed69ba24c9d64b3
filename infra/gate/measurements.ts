/** What passes between the gate and the process that runs the model. Plain data, types only. */
import type { Contract } from "../../model/contract.ts";
import type { TensorData } from "../../model/tensors.ts";

export interface Job {
  readonly model: Uint8Array;
  readonly contract: Contract;
  readonly golden: readonly TensorValues[];
  /** The holdout's rows as one array per tabular input, row-major. */
  readonly holdout: { readonly rows: number; readonly inputs: TensorValues };
}

/** Flat tensors by name, with the shape of this very value. */
export type TensorValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: TensorData }>
>;

export interface TensorInfo {
  readonly name: string;
  /** As the Open Inference Protocol names it, or the runtime's own words for what is no tensor. */
  readonly datatype: string;
  /** -1 for any size. */
  readonly shape: readonly number[];
}

/** Each part holds what came out, or `error`: the runtime's own words. */
export type Outcome<T> = T | { readonly error: string };

export type Measurements = Outcome<{
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly golden: readonly Outcome<{ readonly outputs: TensorValues }>[];
  /** One label per row of the holdout, as text: class 1 is `"1"`. */
  readonly predictions: Outcome<{ readonly labels: readonly string[] }>;
}>;

export const failed = <T extends object>(outcome: Outcome<T>): outcome is { readonly error: string } =>
  "error" in outcome;
