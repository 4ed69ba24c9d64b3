/** Rows as tensors, as the model takes them. Pure. */
import { type Contract, newData, type TensorData, type TensorValues } from "../../contract/index.ts";
import type { Columns } from "./parseHoldout.ts";

/**
 * Each input has the shape [rows, …], and its values are row-major.
 *
 * @param rows Indices, in the order wanted. One may come several times.
 */
export function tensorsOf(
  { inputs }: Pick<Contract, "inputs">,
  { columns, exact }: Columns,
  rows: Int32Array,
): TensorValues {
  return Object.fromEntries(
    inputs.map(({ name, datatype, shape, columns: own = [] }) => {
      const data = newData(datatype, rows.length * own.length);
      own.forEach((column, j) => {
        const values = exact[column.name] ?? columns[column.name]!;
        if (data instanceof Float32Array && values instanceof Float64Array)
          putFloats(data, values, rows, j, own.length); // nearly every column, and a loop of its own takes a third of the time
        else put(data, values, rows, j, own.length);
      });
      return [name, { shape: [rows.length, ...shape.slice(1)], data }];
    }),
  );
}

/** The indices from `from` to before `to`. */
export const between = (from: number, to: number): Int32Array =>
  Int32Array.from({ length: to - from }, (_, i) => from + i);

function putFloats(
  data: Float32Array,
  values: Float64Array,
  rows: Int32Array,
  from: number,
  step: number,
): void {
  for (let i = 0, at = from; i < rows.length; i++, at += step) data[at] = values[rows[i]!]!;
}

function put(
  data: TensorData,
  values: ArrayLike<number | string | bigint>,
  rows: Int32Array,
  from: number,
  step: number,
): void {
  const cells = data as (number | string | bigint)[];
  const isWide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0, at = from; i < rows.length; i++, at += step) {
    const value = values[rows[i]!]!;
    cells[at] = isWide ? BigInt(value) : value;
  }
}
