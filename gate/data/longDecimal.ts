/** Decimals with more digits than a double holds. Pure. */

/** Any integer of this many digits is a double. */
export const EXACT_DIGITS = 15;
/** Ten to the power of this is a double. */
export const MOST_DIGITS = 22;
export const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, k) => 10 ** k);

const [POINT, ZERO] = [46, 48];

/**
 * The double nearest to a decimal, as `Number` gives it. NaN if the decimal is too close to the middle between two
 * doubles to tell.
 *
 * Numerator and remainder are each kept as a double and its rounding error (Dekker, "A floating-point technique for
 * extending the available precision", 1971), so the quotient is known to about 100 bits.
 *
 * @param at Where the decimal begins, after its sign.
 * @param digits More than 15 and at most 22, a point not counted.
 * @param decimals How many of them are after the point.
 */
export function longDecimal(bytes: Uint8Array, at: number, digits: number, decimals: number): number {
  let head = 0;
  let tail = 0;
  for (let read = 0, from = at; read < digits; from++) {
    const byte = bytes[from]!;
    if (byte === POINT) continue;
    if (read++ < EXACT_DIGITS) head = head * 10 + (byte - ZERO);
    else tail = tail * 10 + (byte - ZERO);
  }
  const scale = POWERS_OF_TEN[digits - EXACT_DIGITS]!;
  const product = head * scale;
  const numerator = product + tail;
  const lost = lostByProduct(head, scale, product) + (tail - (numerator - product));
  const divisor = POWERS_OF_TEN[decimals]!;
  const quotient = numerator / divisor;
  const back = quotient * divisor;
  const remainder = numerator - back - lostByProduct(quotient, divisor, back) + lost;
  const correction = remainder / divisor;
  const value = quotient + correction * (1 - SLACK);
  return value === quotient + correction * (1 + SLACK) ? value : Number.NaN;
}

/** More than the relative error of a correction, which comes from three roundings. */
const SLACK = 2 ** -50;

/** a · b minus `product`, its rounded value. */
function lostByProduct(a: number, b: number, product: number): number {
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** The first 26 bits of a double. */
function upperHalf(value: number): number {
  const scaled = value * (2 ** 27 + 1);
  return scaled - (scaled - value);
}
