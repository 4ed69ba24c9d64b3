/** Finds values of an output that are no finite numbers. Pure. */
import { elementCount, fromFloat16, type TensorValues } from "../../contract/index.ts";
import type { NotFinite } from "./orders.ts";

/** The exponent bits of a half: NaN and infinities have all of them set. */
const EXPONENT = 0x7c00;
const MOST_ROWS = 1024;

/** @param type The element type as ONNX Runtime names it. Halves come as their bits. */
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
