/** Rows for the model to run on. Pure. */
import type { Contract, TensorValues } from "../../contract/index.ts";
import type { Columns } from "./parseHoldout.ts";
import { between, tensorsOf } from "./tensorsOf.ts";

/** The search for rows on which the model fails ends after this many. */
export const MOST_FAILURES = 200;

export interface Table {
  readonly rows: number;
  /** Rows `from` to before `to`. They are made on demand, so that they are never all in memory. */
  readonly inputs: (from: number, to: number) => TensorValues;
  /** Names of the outputs that are computed, and checked for numbers that are not finite. */
  readonly outputs: readonly string[];
  /** Those of them that are sent back. */
  readonly returned: readonly string[];
  /** Rows per run. */
  readonly batch: number;
  /** Go on after rows on which the model fails: all of them are wanted. */
  readonly failuresWanted?: true;
}

/** Some rows of the holdout. @param picked The rows' indices. */
export const pickedRows =
  (contract: Contract, columns: Columns, picked: Int32Array): Table["inputs"] =>
  (from, to) =>
    tensorsOf(contract, columns, picked.subarray(from, to));

/** The holdout, as far as it has been read. */
export const allRows =
  (contract: Contract, columns: () => Columns): Table["inputs"] =>
  (from, to) =>
    tensorsOf(contract, columns(), between(from, to));
