/** Tensors cut and put together by rows, which are their first dimension. Pure. */
import { elementCount, newData, type Tensor, type TensorData, type Tensors } from "../../../model/tensors.ts";

/** Some rows of a request's tensors. */
export interface Rows {
  readonly tensors: Tensors;
  readonly from: number;
  /** Not among them. */
  readonly to: number;
}

/** All these rows, one after another. Tensors of the same name must differ in their number of rows only. */
export function joinRows(parts: readonly Rows[]): Tensors {
  const [first, ...others] = parts;
  if (others.length === 0) return cutRows(first!);
  const total = parts.reduce((sum, { from, to }) => sum + to - from, 0);
  const joined = new Map<string, Tensor>();
  for (const [name, { datatype, shape }] of first!.tensors) {
    const [, ...rest] = shape;
    const size = elementCount(rest);
    const data = newData(datatype, total * size);
    let row = 0;
    for (const { tensors, from, to } of parts) {
      copy(view(tensors.get(name)!.data, from * size, to * size), data, row * size);
      row += to - from;
    }
    joined.set(name, { datatype, shape: [total, ...rest], data });
  }
  return joined;
}

/** Views, not copies; where that is all rows, the tensors themselves. */
export function cutRows({ tensors, from, to }: Rows): Tensors {
  const cut = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const { datatype, shape, data } = tensor;
    if (from === 0 && to === shape[0]) cut.set(name, tensor);
    else {
      const [rows, ...rest] = shape;
      const size = data.length / rows!;
      cut.set(name, { datatype, shape: [to - from, ...rest], data: view(data, from * size, to * size) });
    }
  }
  return cut;
}

/** Writes tensors into others of more rows, which begin there with row `at`. */
export function putRows(part: Tensors, whole: Tensors, at: number): void {
  for (const [name, { shape, data }] of part)
    copy(data, whole.get(name)!.data, (at * data.length) / shape[0]!);
}

/** Room for tensors such as these, with another number of rows. */
export function roomFor(part: Tensors, rows: number): Tensors {
  return new Map(
    [...part].map(([name, { datatype, shape }]) => {
      const [, ...rest] = shape;
      return [name, { datatype, shape: [rows, ...rest], data: newData(datatype, rows * elementCount(rest)) }];
    }),
  );
}

function view(data: TensorData, from: number, to: number): TensorData {
  return Array.isArray(data) ? data.slice(from, to) : data.subarray(from, to);
}

function copy(from: TensorData, to: TensorData, at: number): void {
  if (Array.isArray(from)) for (let i = 0; i < from.length; i++) (to as string[])[at + i] = from[i]!;
  // Of one datatype both, so of one kind of array.
  else (to as Float32Array).set(from as Float32Array, at);
}
