/** Rows that the model is to be run on. Pure. */
import type { Contract, TensorValues } from "../../contract/index.ts";
import type { Columns } from "./holdout.ts";
import { between, tensorsOf } from "./tensorsOf.ts";

/** Of rows on which the model fails, so many are looked for. */
export const MOST_FAILURES = 200;

export interface Table {
  readonly rows: number;
  /** Of rows `from` to before `to`: made when they are wanted, so that they are never all there at once. */
  readonly inputs: (from: number, to: number) => TensorValues;
  /** Names of the outputs that are computed, and looked through for what is no finite number. */
  readonly outputs: readonly string[];
  /** Those of them that are sent back. */
  readonly returned: readonly string[];
  /** Rows per run. */
  readonly batch: number;
  /** Whether it goes on after rows on which the model fails: each of them is wanted. */
  readonly failuresWanted?: true;
}

/** Some rows of the holdout. @param picked Their indices. */
export const pickedRows =
  (contract: Contract, columns: Columns, picked: Int32Array): Table["inputs"] =>
  (from, to) =>
    tensorsOf(contract, columns, picked.subarray(from, to));

/** The holdout, as far as it has been read. */
export const allRows =
  (contract: Contract, columns: () => Columns): Table["inputs"] =>
  (from, to) =>
    tensorsOf(contract, columns(), between(from, to));
