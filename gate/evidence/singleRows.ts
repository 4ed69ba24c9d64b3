/** Rows to time, each alone. Pure. */
import type { Contract, TensorValues } from "../../contract/index.ts";
import type { GoldenRequest } from "../data/golden.ts";
import type { Holdout } from "../data/holdout.ts";
import { evenlySpaced, pickRows } from "../data/pickRows.ts";
import { tensorsOf } from "../data/tensorsOf.ts";

/** Rows of the holdout: the slowest of a hundred are among them, with some to spare. */
const ROWS = 300;
/** Without a budget nothing is judged, and the report only shows a figure. */
const ROWS_UNJUDGED = 50;
/** At least so many: fewer have no 99th percentile. */
const FEWEST = 100;
/** Milliseconds of the processor that they may take by the budget. */
const MOST_TIME = 30_000;
const GOLDEN_ROWS = 50;

/** The rows of the golden requests, and some of the holdout. How many follows from the contract: the same everywhere. */
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

/** A request whose tensors do not all have its rows as their first dimension is one row. */
function rowsOf({ inputs: declared }: Contract, inputs: TensorValues): TensorValues[] {
  const counts = new Set(Object.values(inputs).map(({ shape }) => shape[0]));
  const [rows = 1] = counts;
  const isSplit = counts.size === 1 && declared.every(({ shape }) => shape[0] === -1);
  return isSplit ? Array.from({ length: rows }, (_, row) => pickRows(inputs, Int32Array.of(row))) : [inputs];
}
