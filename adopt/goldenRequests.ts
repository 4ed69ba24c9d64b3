/** Makes exact requests with the model's own answers, which every later run of this model must repeat. Pure. */
import {
  type Datatype,
  elementCount,
  fromFloat16,
  newData,
  type TensorData,
  type TensorValues,
} from "../contract/index.ts";
import { evenlySpaced } from "../gate/instruments.ts";
import { shortestFloat32 } from "./shortestFloat32.ts";

export interface Asked {
  readonly name: string;
  readonly inputs: TensorValues;
}

interface Spec {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

const BATCH = 5;
/** Beyond this many classes, a row of each would make a long file. */
const MOST_CLASSES = 10;

/**
 * One row, a batch, and a row of each class.
 *
 * @param inputsOf The inputs of some rows of the holdout, by their indices.
 * @param targets The rows' labels; undefined for a regression.
 */
export function rowsToAsk(
  inputsOf: (rows: Int32Array) => TensorValues,
  rows: number,
  targets?: readonly string[],
): Asked[] {
  const pick = (name: string, ...indices: number[]): Asked => ({
    name,
    inputs: inputsOf(Int32Array.from(indices)),
  });
  const classes = [...new Set(targets)].toSorted().slice(0, MOST_CLASSES);
  return [
    pick("One row", 0),
    pick("A batch is answered row by row, in the order given", ...evenlySpaced(rows, BATCH).toReversed()),
    ...classes.map((label) => pick(`A row of class ${label}`, targets!.indexOf(label))),
  ];
}

/** Beyond this many, values repeat and have one digit: a picture's would make a file that no request may be as long as. */
const MOST_DIFFERENT = 1000;

/** Requests without data: zeros, and numbers that differ. Free dimensions are 1. */
export function madeUp(inputs: readonly Spec[]): Asked[] {
  return [
    { name: "Zeros", inputs: zeros(inputs, 1) },
    {
      name: "Numbers from 0 to 1",
      inputs: filled(inputs, 1, upTo1),
    },
  ];
}

function upTo1(i: number, length: number): number {
  if (length > MOST_DIFFERENT) return (i % 11) / 10;
  return length === 1 ? 1 : i / (length - 1);
}

/** @param free The size of free dimensions. */
export const zeros = (inputs: readonly Spec[], free: number): TensorValues => filled(inputs, free, () => 0);

function filled(
  inputs: readonly Spec[],
  free: number,
  value: (i: number, length: number) => number,
): TensorValues {
  return Object.fromEntries(
    inputs.map(({ name, datatype, shape }) => {
      const sizes = shape.map((size) => (size === -1 ? free : size));
      return [name, { shape: sizes, data: fill(datatype, elementCount(sizes), value) }];
    }),
  );
}

function fill(datatype: Datatype, length: number, value: (i: number, length: number) => number): TensorData {
  const data = newData(datatype, length);
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array;
  for (let i = 0; i < length; i++) {
    const number = value(i, length);
    if (datatype === "BYTES") (data as string[])[i] = number === 0 ? "" : "text";
    // FP16 travels as bits: these are the bits of 0 and 1.
    else if (datatype === "FP16") (data as Uint16Array)[i] = number < 0.5 ? 0 : 0x3c00;
    else if (wide) (data as BigInt64Array)[i] = BigInt(Math.round(number));
    else (data as Float64Array)[i] = datatype.startsWith("FP") ? number : Math.round(number);
  }
  return data;
}

/** The content of `golden.json`. */
export function goldenDocument(
  asked: readonly Asked[],
  answers: readonly TensorValues[],
  contract: { readonly inputs: readonly Spec[]; readonly outputs: readonly Spec[] },
): object {
  return {
    requests: asked.map(({ name, inputs }, i) => ({
      name,
      inputs: nestedAll(inputs, contract.inputs),
      outputs: nestedAll(answers[i]!, contract.outputs),
    })),
  };
}

/** How far an answer may be off: floats have about seven digits, and processors differ in the last one. */
export function tolerance(answers: readonly TensorValues[]): number {
  let largest = 1;
  for (const answer of answers)
    for (const { data } of Object.values(answer))
      if (data instanceof Float32Array || data instanceof Float64Array)
        for (const value of data) largest = Math.max(largest, Math.abs(value));
  return Number(`1e${Math.ceil(Math.log10(largest)) - 5}`);
}

const nestedAll = (values: TensorValues, specs: readonly Spec[]) =>
  Object.fromEntries(
    specs.map(({ name, datatype }) => {
      const { shape, data } = values[name]!;
      return [
        name,
        nested(
          Array.from(data as ArrayLike<unknown>, (value) => plain(value, datatype)),
          shape,
        ),
      ];
    }),
  );

type Plain = number | string | boolean | bigint | null;
type Nested = Plain | Nested[];

function nested(values: readonly Plain[], [size, ...rest]: readonly number[]): Nested {
  if (size === undefined) return values[0]!;
  const step = elementCount(rest);
  return Array.from({ length: size }, (_, i) => nested(values.slice(i * step, (i + 1) * step), rest));
}

function plain(value: unknown, datatype: Datatype): Plain {
  if (typeof value === "string" || typeof value === "bigint") return value;
  if (Number.isNaN(value)) return null; // a missing one
  if (datatype === "BOOL") return value === 1;
  if (datatype === "FP32") return shortestFloat32(value as number);
  return datatype === "FP16" ? fromFloat16(value as number) : Number(value);
}
