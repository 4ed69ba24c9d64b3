/** A short decimal that reads back as this float32: 0.1, not 0.10000000149011612. Pure. */
export function shortestFloat32(value: number): number {
  if (value === 0) return value; // toPrecision drops the sign of -0
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}
