/** A number as CSV writers write it: digits, and if need be a sign, a point and an exponent. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;

/** The number, or NaN if the cell is no decimal number. `Number` alone takes an empty cell for 0, and 0x10 for 16. */
export function toNumber(cell: string): number {
  const text = cell.trim();
  return DECIMAL.test(text) ? Number(text) : Number.NaN;
}

/** More zeros than any 64-bit integer has. */
const MOST_ZEROS = 20;

/** A whole number with every digit, even beyond 64 bits. Undefined for a fraction, and for text that is no number. */
export function toInteger(cell: string): bigint | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(cell.trim()) ?? [];
  if (sign === undefined || (whole === "" && fraction === "")) return undefined;
  const written = whole + fraction;
  let end = written.length;
  while (written[end - 1] === "0") end--;
  const digits = written.slice(0, end);
  const zeros = whole.length + Number(exponent) - digits.length;
  if (digits === "") return 0n;
  if (zeros < 0) return undefined;
  const size = BigInt(digits) * 10n ** BigInt(Math.min(zeros, MOST_ZEROS));
  return sign === "-" ? -size : size;
}
