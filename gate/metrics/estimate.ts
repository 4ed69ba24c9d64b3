/** How sure a metric's value is, and that of the difference of two models on the same rows. Pure. */

/** A metric's value on some rows, and what each of them did to it. */
export interface Estimate {
  readonly value: number;
  /**
   * Per row, by how much the value would move per share of weight that the row gained; their mean is 0. The value's
   * standard error follows from them (the delta method; Hampel, "The influence curve and its role in robust
   * estimation", 1974).
   */
  readonly influence: Float64Array;
  /** How many rows the value rests on: those of the class for a recall. It counts where all influences are 0. */
  readonly size: number;
  readonly kind: Kind;
}

/**
 * `counted`: 0 to 1, of rows that are right or wrong. `fraction`: 0 to 1, other than by counting. `error`: 0 and up.
 * `explained`: 1 and down.
 */
type Kind = "counted" | "fraction" | "error" | "explained";

const RANGES: Record<Kind, readonly [lowest: number, highest: number]> = {
  counted: [0, 1],
  fraction: [0, 1],
  error: [0, Infinity],
  explained: [-Infinity, 1],
};

/** 97.5 % of a normal distribution lie below: two sides make 95 %. */
const Z = 1.959963984540054;

/** What sums of rounded numbers leave where the exact standard error is 0. */
const ROUNDING = 1e-12;

type Interval = readonly [low: number, high: number];

/**
 * The interval of a value at 95 % confidence.
 *
 * Between 0 and 1 it is the score interval (Wilson, "Probable inference, the law of succession, and statistical
 * inference", 1927) for as many rows as would give a share of right answers this standard error: exactly Wilson's for
 * an accuracy, and never of no width. Elsewhere it is the normal one, within the metric's range.
 */
export function interval(estimate: Estimate): Interval {
  const { value, kind } = estimate;
  if (kind === "counted" || kind === "fraction") return wilson(value, effectiveSize(estimate));
  return around(value, standardError(estimate), RANGES[kind]);
}

/**
 * How many rows like these would put the bound outside the interval; infinite if the value is the bound itself.
 *
 * Between 0 and 1 it turns Wilson's interval round: (value - bound)² = Z² bound (1 - bound) / rows.
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
 * The model's value less the champion's on the same rows, and its interval at 95 % confidence.
 *
 * Rows that both get wrong cancel out, so that the interval is much narrower than those of the two values. What is
 * counted gets two rows more, one that each model alone gets right (Bonett and Price, "Adjusted Wald confidence interval
 * for a difference of binomial proportions based on paired data", 2012): else three rows that differ would be proof.
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

/** The number of rows whose share of right answers, if it were this value, would have this standard error. */
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
