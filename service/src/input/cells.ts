/** What one cell of a request may hold, by the column's datatype and its limits in the contract. Pure. */
import {
  type Column,
  type Datatype,
  fitsFloat16,
  limitsHeldAs,
  type TensorSpec,
  toFloat16,
} from "../../../contract/index.ts";

type Cell = number | bigint | string;

/**
 * @returns The value for the tensor, or what the cell must be (`must be …`). A warning says what it should be, if
 *   the contract accepts values out of range.
 */
export type CellReader = (
  value: unknown,
) => { readonly cell: Cell; readonly warning?: string } | { readonly fault: string };

/** Made once per column at start. */
export function cellReader(
  datatype: Datatype,
  { missing, ...limits }: Omit<Column, "name">,
  outOfRange: TensorSpec["outOfRange"] = "refuse",
): CellReader {
  const read = presentReader(datatype, limits, outOfRange);
  if (missing !== true) return read;
  const none = { cell: datatype === "BYTES" ? "" : Number.NaN };
  // JSON has null; only a binary tensor can hold NaN.
  return (value) => (value === null || Number.isNaN(value) ? none : read(value));
}

function presentReader(
  datatype: Datatype,
  { min, max, categories }: Omit<Column, "name" | "missing">,
  outOfRange: TensorSpec["outOfRange"],
): CellReader {
  const read = TYPE_READERS[datatype];
  if (min === undefined && max === undefined && categories === undefined) return read;
  const limits = limitsHeldAs(datatype, {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(categories && { categories }),
  });
  const known = limits.categories && new Set<unknown>(limits.categories);
  /** What a cell is not. */
  const range = (cell: number | bigint) => {
    // JavaScript compares a bigint with a number exactly; text has no limits in the contract.
    if (limits.min !== undefined && cell < limits.min) return `at least ${min}`;
    if (limits.max !== undefined && cell > limits.max) return `at most ${max}`;
    if (known && !known.has(typeof cell === "bigint" ? Number(cell) : cell))
      return `one of ${listed(categories!)}`;
    return undefined;
  };
  return (value) => {
    const result = read(value);
    if ("fault" in result) return result;
    const wanted = range(result.cell as number | bigint);
    if (wanted === undefined) return result;
    return outOfRange === "report"
      ? { cell: result.cell, warning: `should be ${wanted}` }
      : { fault: `must be ${wanted}` };
  };
}

function float(fits: (value: number) => boolean, range: string): CellReader {
  return (value) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return { fault: "must be a finite number" };
    return fits(value) ? { cell: value } : { fault: `must be within the range of ${range}` };
  };
}

function integer(bits: 8 | 16 | 32, signed: boolean): CellReader {
  const lowest = signed ? -(2 ** (bits - 1)) : 0;
  const highest = 2 ** (signed ? bits - 1 : bits) - 1;
  const fault = `must be an integer from ${lowest} to ${highest}`;
  return (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= lowest && value <= highest
      ? { cell: value }
      : { fault };
}

/** 64-bit integers: beyond 2^53 a JSON number has lost its last digits before we see it, so a string is taken too. */
function integer64(signed: boolean): CellReader {
  const lowest = signed ? -(2n ** 63n) : 0n;
  const highest = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  const fault = `must be an integer from ${lowest} to ${highest} (beyond ${Number.MAX_SAFE_INTEGER} as a string)`;
  return (value) => {
    const whole = Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d{1,20}$/.test(value));
    if (!whole) return { fault };
    const cell = BigInt(value as number | string);
    return cell >= lowest && cell <= highest ? { cell } : { fault };
  };
}

/** Surrogates, which JSON can escape and UTF-8 cannot hold. And NUL: onnxruntime-node 1.30.0 silently ends a text there. */
const UNFIT_CHARACTER = /[\p{Surrogate}\0]/u;

const HALF = float(fitsFloat16, "float16");

const TYPE_READERS: Readonly<Record<Datatype, CellReader>> = {
  FP32: float((value) => Number.isFinite(Math.fround(value)), "float32"),
  FP64: float(() => true, "float64"),
  INT8: integer(8, true),
  INT16: integer(16, true),
  INT32: integer(32, true),
  INT64: integer64(true),
  UINT8: integer(8, false),
  UINT16: integer(16, false),
  UINT32: integer(32, false),
  UINT64: integer64(false),
  BYTES: (value) => {
    if (typeof value !== "string") return { fault: "must be a string" };
    return UNFIT_CHARACTER.test(value)
      ? { fault: "must be a string without U+0000 and lone surrogates" }
      : { cell: value };
  },
  // Tensors hold these two as integers: 0 and 1, and the bits of a half.
  BOOL: (value) =>
    typeof value === "boolean" || value === 0 || value === 1
      ? { cell: Number(value) }
      : { fault: "must be true or false" },
  FP16: (value) => {
    const result = HALF(value);
    return "fault" in result ? result : { cell: toFloat16(result.cell as number) };
  },
};

function listed(categories: readonly unknown[]): string {
  const shown = categories
    .slice(0, 10)
    .map((category) => JSON.stringify(category))
    .join(", ");
  return categories.length > 10 ? `${shown} and ${categories.length - 10} more` : shown;
}
