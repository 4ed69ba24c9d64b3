/** Picks some of many rows. Pure. */
import type { TensorData, TensorValues } from "../../contract/index.ts";

/** The indices of at most `limit` rows, evenly spaced from the first on. */
export function evenlySpaced(rows: number, limit: number): Int32Array {
  const length = Math.min(rows, limit);
  return new Int32Array(length).map((_, i) => Math.floor((i * rows) / length));
}

/** Copies of these rows of each tensor. A row may be picked several times. */
export function pickRows(tensors: TensorValues, picked: Int32Array): TensorValues {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => {
      const [rows = 0, ...rest] = shape;
      return [name, { shape: [picked.length, ...rest], data: pick(data, data.length / rows, picked) }];
    }),
  );
}

function pick(data: TensorData, width: number, picked: Int32Array): TensorData {
  if (Array.isArray(data))
    return Array.from(picked, (row) => data.slice(row * width, (row + 1) * width)).flat();
  const source = data as Float32Array;
  const room = new (source.constructor as Float32ArrayConstructor)(picked.length * width);
  for (let i = 0; i < picked.length; i++)
    room.set(source.subarray(picked[i]! * width, (picked[i]! + 1) * width), i * width);
  return room;
}
