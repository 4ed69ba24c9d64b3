/** Losses of rows, summed up. Pure. */
export interface Tally {
  readonly rows: number;
  readonly sum: number;
  readonly squares: number;
}

/** @param codes Per row, the index of its tally. */
export function tallies(codes: Uint8Array, length: number, losses: Float64Array): Tally[] {
  const rows = new Int32Array(length);
  const sums = new Float64Array(length);
  const squares = new Float64Array(length);
  for (let row = 0; row < losses.length; row++) {
    const code = codes[row]!;
    const loss = losses[row]!;
    rows[code]!++;
    sums[code]! += loss;
    squares[code]! += loss * loss;
  }
  return Array.from(rows, (rows, code) => ({ rows, sum: sums[code]!, squares: squares[code]! }));
}

export const mean = ({ rows, sum }: Tally): number => sum / rows;

export const less = (whole: Tally, part: Tally): Tally => ({
  rows: whole.rows - part.rows,
  sum: whole.sum - part.sum,
  squares: whole.squares - part.squares,
});

/**
 * By how many standard errors one mean is above the other (Welch, "The generalization of Student's problem when several
 * different population variances are involved", 1947).
 */
export function standardErrorsAbove(part: Tally, rest: Tally): number {
  return (mean(part) - mean(rest)) / Math.sqrt(variance(part) / part.rows + variance(rest) / rest.rows);
}

/** Not below 0, where rounding would make it so. */
const variance = (tally: Tally) => Math.max(0, tally.squares / tally.rows - mean(tally) ** 2);
