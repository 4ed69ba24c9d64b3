/** Finds what is no finite number among an output's values. Pure. */
import { elementCount, fromFloat16, type TensorValues } from "../../contract/index.ts";
import type { NotFinite } from "./orders.ts";

/** The bits of a half's exponent: all of them are set in NaN and infinities. */
const EXPONENT = 0x7c00;
const MOST_ROWS = 1024;

/** @param type As ONNX Runtime names it: halves come as their bits. */
export function notFinite(
  output: string,
  { shape, data }: TensorValues[string],
  type: string,
): NotFinite | undefined {
  const isHalf = type === "float16";
  if (!(isHalf || data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  const values = data as Float32Array;
  const perRow = Math.max(1, elementCount(shape.slice(1)));
  const rows: number[] = [];
  let count = 0;
  let first = 0;
  for (let i = 0; i < values.length; i++) {
    if (isHalf ? (values[i]! & EXPONENT) !== EXPONENT : Number.isFinite(values[i])) continue;
    if (count === 0) first = values[i]!;
    count++;
    const row = Math.floor(i / perRow);
    if (rows.length < MOST_ROWS && rows.at(-1) !== row) rows.push(row);
  }
  return count === 0
    ? undefined
    : { output, count, value: String(isHalf ? fromFloat16(first) : first), rows };
}
