/** Some rows out of many. Pure. */
import type { TensorData } from "../../model/tensors.ts";
import type { TensorValues } from "./measurements.ts";

/** The indices of at most `limit` of so many rows, evenly spaced, the first among them. */
export function evenlySpaced(rows: number, limit: number): Int32Array {
  const length = Math.min(rows, limit);
  return new Int32Array(length).map((_, i) => Math.floor((i * rows) / length));
}

/** These rows of each tensor, each as often as it is named, as copies. */
export function pickRows(tensors: TensorValues, picked: Int32Array): TensorValues {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const [rows = 0, ...rest] = shape;
      return [name, { shape: [picked.length, ...rest], data: pick(data, data.length / rows, picked) }];
    }),
  );
}

function pick(data: TensorData, width: number, picked: Int32Array): TensorData {
  const source: ArrayLike<unknown> = data;
  const index = (i: number) => picked[Math.floor(i / width)]! * width + (i % width);
  const take = (_: unknown, i: number) => source[index(i)] as never;
  const length = picked.length * width;
  return Array.isArray(data)
    ? Array.from<unknown, string>({ length }, take)
    : (data.constructor as Float32ArrayConstructor).from({ length }, take);
}
