/** Tensors cut and put together by rows, which are their first dimension. Pure. */
import {
  elementCount,
  newData,
  type Tensor,
  type TensorData,
  type Tensors,
} from "../../../contract/index.ts";

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
      copy(tensors.get(name)!.data, from * size, to * size, data, row * size);
      row += to - from;
    }
    joined.set(name, { datatype, shape: [total, ...rest], data });
  }
  return joined;
}

/** Views, not copies; if that is all rows, the tensors themselves. */
export function cutRows({ tensors, from, to }: Rows): Tensors {
  const cut = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    const { datatype, shape, data } = tensor;
    if (from === 0 && to === shape[0]) cut.set(name, tensor);
    else {
      const size = data.length / shape[0]!;
      cut.set(name, { datatype, shape: shape.with(0, to - from), data: view(data, from * size, to * size) });
    }
  }
  return cut;
}

/** Writes tensors into others of more rows, which begin there with row `at`. */
export function putRows(part: Tensors, whole: Tensors, at: number): void {
  for (const [name, { shape, data }] of part)
    copy(data, 0, data.length, whole.get(name)!.data, (at * data.length) / shape[0]!);
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

/** Elements of an array, which are moved one by one if there are few: a view on them costs more. */
const FEW = 64;

/** Elements `from` to `to`, without the latter, to `at` and after it in `into`, which is of the same datatype. */
function copy(data: TensorData, from: number, to: number, into: TensorData, at: number): void {
  if (to - from > FEW && !Array.isArray(data))
    (into as Float32Array).set(view(data, from, to) as Float32Array, at);
  else for (let i = from; i < to; i++) (into as Float32Array)[at + i - from] = (data as Float32Array)[i]!;
}
