/** Tensors as plain values, so that they can cross into another process. */
import type { Datatype } from "./datatypes.ts";

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | string[];

export interface Tensor {
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  /** Row-major. BOOL as 0 and 1, FP16 as its bits in uint16, BYTES as strings. */
  readonly data: TensorData;
}

/** Flat tensors by name, each with the shape of its value. */
export type TensorValues = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: TensorData }>
>;

export interface TensorInfo {
  readonly name: string;
  /** As the Open Inference Protocol names it, or in the runtime's own words if it is no tensor. */
  readonly datatype: string;
  /** -1 for any size. */
  readonly shape: readonly number[];
}

/** Tensors by the name of their input or output. */
export type Tensors = ReadonlyMap<string, Tensor>;

export const ARRAYS = {
  BOOL: Uint8Array,
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  UINT64: BigUint64Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  INT64: BigInt64Array,
  FP16: Uint16Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** Room for `length` elements. */
export function newData(datatype: Datatype, length: number): TensorData {
  return datatype === "BYTES" ? Array.from({ length }, () => "") : new ARRAYS[datatype](length);
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The element types as ONNX Runtime's JavaScript names them. */
export const ORT_TYPES = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  FP32: "float32",
  FP64: "float64",
  BYTES: "string",
} as const satisfies Record<Datatype, string>;

const DATATYPES = new Map(
  Object.entries(ORT_TYPES).map(([datatype, type]) => [type as string, datatype as Datatype]),
);

/** @param ortType As ONNX Runtime's JavaScript names it. @returns nothing for a type that no contract has. */
export const datatypeOf = (ortType: string): Datatype | undefined => DATATYPES.get(ortType);
