/** Rows that are timed one by one. Pure. */
import type { Contract, TensorValues } from "../../contract/index.ts";
import type { GoldenRequest } from "../data/parseGolden.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { evenlySpaced, pickRows } from "../data/pickRows.ts";
import { tensorsOf } from "../data/tensorsOf.ts";

/** Rows of the holdout: enough for a 99th percentile, and some to spare. */
const ROWS = 300;
/** Rows if there is no budget: nothing is judged, and the report only shows a figure. */
const ROWS_UNJUDGED = 50;
/** Fewer rows have no 99th percentile. */
const FEWEST = 100;
/** Longest time that the budget allows all rows, in milliseconds of processor time. */
const MOST_TIME = 30_000;
const GOLDEN_ROWS = 50;

/** Rows of the golden requests, and some of the holdout. Their number follows from the contract, so it is the same everywhere. */
export function singleRows(
  contract: Contract,
  golden: readonly GoldenRequest[],
  holdout: Holdout | undefined,
): TensorValues[] {
  const { p99Milliseconds, p50Milliseconds } = contract.validation?.budgets ?? {};
  const budget = p50Milliseconds ?? p99Milliseconds;
  const most =
    budget === undefined ? ROWS_UNJUDGED : Math.max(FEWEST, Math.min(ROWS, Math.floor(MOST_TIME / budget)));
  const ofGolden = golden.flatMap(({ inputs }) => rowsOf(contract, inputs)).slice(0, GOLDEN_ROWS);
  const ofHoldout =
    holdout === undefined
      ? []
      : Array.from(evenlySpaced(holdout.rows, most), (row) =>
          tensorsOf(contract, holdout, Int32Array.of(row)),
        );
  return [...ofGolden, ...ofHoldout];
}

/** A request counts as one row, unless the first dimension of all its tensors is the rows. */
function rowsOf({ inputs: declared }: Contract, inputs: TensorValues): TensorValues[] {
  const counts = new Set(Object.values(inputs).map(({ shape }) => shape[0]));
  const [rows = 1] = counts;
  const isSplit = counts.size === 1 && declared.every(({ shape }) => shape[0] === -1);
  return isSplit ? Array.from({ length: rows }, (_, row) => pickRows(inputs, Int32Array.of(row))) : [inputs];
}
