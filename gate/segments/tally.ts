/** Losses of rows, summed up. Pure. */
import type { Partition } from "./partition.ts";

export interface Tally {
  readonly rows: number;
  readonly sum: number;
  readonly squares: number;
}

/** Rows with a loss, and how much. All others have none. */
export interface Losses {
  readonly rows: Int32Array;
  readonly of: Float64Array;
}

/** Skips the rows without a loss: for an accurate model's labels, those are most. */
export function lossesOf(perRow: Float64Array): Losses {
  const rows = new Int32Array(perRow.length);
  let length = 0;
  for (let row = 0; row < perRow.length; row++) if (perRow[row] !== 0) rows[length++] = row;
  const own = rows.slice(0, length);
  return { rows: own, of: new Float64Array(length).map((_, i) => perRow[own[i]!]!) };
}

/** One tally per part. */
export function tallies({ codes, sizes }: Pick<Partition, "codes" | "sizes">, { rows, of }: Losses): Tally[] {
  const sums = new Float64Array(sizes.length);
  const squares = new Float64Array(sizes.length);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]!]!;
    const loss = of[i]!;
    sums[code]! += loss;
    squares[code]! += loss * loss;
  }
  return Array.from(sizes, (rows, code) => ({ rows, sum: sums[code]!, squares: squares[code]! }));
}

export const mean = ({ rows, sum }: Tally): number => sum / rows;

export const less = (whole: Tally, part: Tally): Tally => ({
  rows: whole.rows - part.rows,
  sum: whole.sum - part.sum,
  squares: whole.squares - part.squares,
});

const sum = (a: Tally, b: Tally): Tally => ({
  rows: a.rows + b.rows,
  sum: a.sum + b.sum,
  squares: a.squares + b.squares,
});

/**
 * How far one mean is above the other, in standard errors. The error is the larger of two: one from each side's own
 * variance (Welch, "The generalization of Student's problem when several different population variances are involved",
 * 1947), one from the variance of all rows. The first alone is too sure of a small part with hardly a right answer. The
 * second alone is too sure of a small part with a few of a good model's rare wrong answers.
 */
export function standardErrorsAbove(part: Tally, rest: Tally): number {
  const own = variance(part) / part.rows + variance(rest) / rest.rows;
  const alike = variance(sum(part, rest)) * (1 / part.rows + 1 / rest.rows);
  return (mean(part) - mean(rest)) / Math.sqrt(Math.max(own, alike));
}

/** Never below 0, even if rounding would make it so. */
const variance = (tally: Tally) => Math.max(0, tally.squares / tally.rows - mean(tally) ** 2);
