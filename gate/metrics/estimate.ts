/** How certain a metric's value is, and the difference of two models on the same rows. Pure. */

/** A metric's value on some rows, and the influence of each row. */
export interface Estimate {
  readonly value: number;
  /**
   * Per row, how far the value moves per share of weight that the row gains. Their mean is 0. They give the standard
   * error of the value (the delta method; Hampel, "The influence curve and its role in robust estimation", 1974).
   */
  readonly influence: Float64Array;
  /** How many rows the value rests on: for a recall, those of the class. It counts if all influences are 0. */
  readonly size: number;
  readonly kind: Kind;
}

/**
 * `counted`: 0 to 1, a share of rows that are right. `fraction`: 0 to 1, not by counting rows. `error`: 0 and up.
 * `explained`: 1 and down.
 */
type Kind = "counted" | "fraction" | "error" | "explained";

const RANGES: Record<Kind, readonly [lowest: number, highest: number]> = {
  counted: [0, 1],
  fraction: [0, 1],
  error: [0, Infinity],
  explained: [-Infinity, 1],
};

/** 97.5 % of a normal distribution lies below it, so both sides leave 95 %. */
const Z = 1.959963984540054;

/** What rounding leaves of a standard error that is exactly 0. */
const ROUNDING = 1e-12;

type Interval = readonly [low: number, high: number];

/**
 * The interval of a value at 95 % confidence.
 *
 * For a metric from 0 to 1 it is the score interval (Wilson, "Probable inference, the law of succession, and statistical
 * inference", 1927), for the number of rows at which a share of right answers has this standard error. For an accuracy it
 * is exactly Wilson's, and its width is never 0. For others it is the normal interval, within the metric's range.
 */
export function interval(estimate: Estimate): Interval {
  const { value, kind } = estimate;
  if (kind === "counted" || kind === "fraction") return wilson(value, effectiveSize(estimate));
  return around(value, standardError(estimate), RANGES[kind]);
}

/**
 * How many rows like these would put the bound outside the interval. Infinite if the value equals the bound.
 *
 * For a metric from 0 to 1 it solves Wilson's interval for the rows: (value - bound)² = Z² bound (1 - bound) / rows.
 */
export function rowsToTell(estimate: Estimate, bound: number): number {
  const { value, kind, influence } = estimate;
  const distance = Math.abs(value - bound);
  if (distance === 0) return Infinity;
  const times =
    kind === "counted" || kind === "fraction"
      ? (Z ** 2 * bound * (1 - bound)) / distance ** 2 / effectiveSize(estimate)
      : ((Z * standardError(estimate)) / distance) ** 2;
  return times * influence.length;
}

/**
 * The model's value minus the champion's on the same rows, and its interval at 95 % confidence.
 *
 * Rows that both get wrong cancel out, so the interval is much narrower than those of the two values. A counted metric
 * gets two more rows, one that only the model gets right and one that only the champion does (Bonett and Price, "Adjusted
 * Wald confidence interval for a difference of binomial proportions based on paired data", 2012). Otherwise three rows
 * that differ would be proof.
 */
export function pairedDifference(
  model: Estimate,
  champion: Estimate,
): { readonly difference: number; readonly interval: Interval } {
  const difference = model.value - champion.value;
  const error = standardError({
    influence: model.influence.map((influence, row) => influence - champion.influence[row]!),
  });
  const [lowest, highest] = RANGES[model.kind];
  const range = [lowest - highest, highest - lowest] as const;
  if (model.kind !== "counted") return { difference, interval: around(difference, error, range) };

  const size = Math.min(model.size, champion.size);
  const squares = size ** 2 * error ** 2 + size * difference ** 2 + 2;
  const centre = (size * difference) / (size + 2);
  const adjusted = Math.sqrt((squares / (size + 2) - centre ** 2) / (size + 2));
  return { difference, interval: around(centre, adjusted, range) };
}

function standardError({ influence }: Pick<Estimate, "influence">): number {
  let squares = 0;
  for (let row = 0; row < influence.length; row++) squares += influence[row]! ** 2;
  const error = Math.sqrt(squares) / influence.length;
  return error < ROUNDING ? 0 : error;
}

/** The number of rows at which a share of right answers of this value has this standard error. */
function effectiveSize(estimate: Estimate): number {
  const { value, size } = estimate;
  const error = standardError(estimate);
  return error === 0 ? size : (value * (1 - value)) / error ** 2;
}

function wilson(share: number, rows: number): Interval {
  if (rows === 0) return [0, 1];
  const centre = share + Z ** 2 / (2 * rows);
  const half = Z * Math.sqrt((share * (1 - share)) / rows + Z ** 2 / (4 * rows ** 2));
  const scale = 1 + Z ** 2 / rows;
  return within([(centre - half) / scale, (centre + half) / scale], [0, 1]);
}

const around = (centre: number, error: number, range: Interval): Interval =>
  within([centre - Z * error, centre + Z * error], range);

const within = ([low, high]: Interval, [lowest, highest]: Interval): Interval => [
  Math.max(low, lowest),
  Math.min(high, highest),
];
