/** A metric's value as text: `0.9073`, `12,345.7`, `0.0000123`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size >= 1000) return value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return size >= 0.001 || size === 0 ? value.toFixed(4) : value.toPrecision(3);
}
