/** Half-precision numbers (IEEE 754 binary16) as their bits, since Node.js 20 has no Float16Array. Pure. */

/** Any magnitude below this one rounds to a finite half. */
const OVERFLOW = 65_520;

/** Whether a number stays finite when rounded to half precision. */
export function fitsFloat16(value: number): boolean {
  return Math.abs(value) < OVERFLOW;
}

/** @param value Finite, and one that `fitsFloat16`. @returns The bits of the nearest half, or of the even one if two are. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  // Below 2^-14 all halves are multiples of 2^-24.
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const steps = roundToEven(size / 2 ** (exponent - 10));
  // A normal number has at least 1024 steps, which stand for its hidden bit: hence 14, not the bias of 15.
  return sign + (exponent + 14) * 1024 + steps;
}

/** The value of a half from its bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
