/** From the model's output tensors to the answer's values. Pure. */
import type { ServedContract } from "../../model/contract.ts";
import { fromFloat16 } from "../../model/float16.ts";
import { elementCount, type Tensor, type Tensors } from "../../model/tensors.ts";
import { RequestError } from "./errors.ts";

type Scalar = number | string | boolean;
type Nested = Scalar | Nested[];

export interface Prediction {
  /** One entry per row: a value, or a list where the model gives several. */
  readonly prediction: Nested;
  /** One list per row, in the order of the contract's classes. */
  readonly scores?: Nested;
}

type Answered = Pick<ServedContract, "task" | "prediction" | "scores">;

/** The outputs that an answer is made of. */
export function answeredOutputs({ prediction, scores }: Answered): string[] {
  return scores === undefined ? [prediction] : [prediction, scores];
}

/**
 * @param outputs What the model gave for `rows` rows.
 * @throws RequestError (500) for NaN and infinities, which JSON would turn into null.
 */
export function toPrediction(outputs: Tensors, rows: number, contract: Answered): Prediction {
  const values = (name: string) => {
    const tensor = outputs.get(name);
    if (!tensor) throw new Error(`the model gave no output ${JSON.stringify(name)}`);
    // A raw output need not be one entry per row.
    if (contract.task !== "raw" && tensor.shape[0] !== rows) {
      throw new Error(
        `output ${JSON.stringify(name)} has shape ${JSON.stringify(tensor.shape)} for ${rows} rows`,
      );
    }
    return { tensor, nested: nest(toScalars(name, tensor), tensor.shape) };
  };
  const { tensor, nested } = values(contract.prediction);
  // [rows, 1], as regressions have it, is one value per row.
  const prediction =
    tensor.shape.length === 2 && tensor.shape[1] === 1 ? (nested as Nested[]).flat() : nested;
  return contract.scores === undefined
    ? { prediction }
    : { prediction, scores: values(contract.scores).nested };
}

/**
 * An output's values as JSON has them, row-major.
 *
 * @throws RequestError (500) for NaN and infinities, which JSON would turn into null.
 */
export function toScalars(name: string, { datatype, shape, data }: Tensor): Scalar[] {
  return Array.from<number | bigint | string, Scalar>(data, (element, index) => {
    const value = datatype === "FP16" ? fromFloat16(element as number) : element;
    if (datatype === "BOOL") return value === 1;
    // JSON has no 64-bit integers: a number where it is exact, a string elsewhere.
    if (typeof value === "bigint")
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    if (typeof value === "string" || Number.isFinite(value)) return value;
    const row = Math.floor(index / elementCount(shape.slice(1)));
    throw new RequestError(
      "invalid-output",
      `The model gave ${value} in its output ${JSON.stringify(name)} for row ${row} of the request.`,
    );
  });
}

function nest(scalars: readonly Scalar[], shape: readonly number[]): Nested {
  const [size, ...rest] = shape;
  if (size === undefined) return scalars[0]!;
  if (rest.length === 0) return [...scalars];
  const step = elementCount(rest);
  return Array.from({ length: size }, (_, i) => nest(scalars.slice(i * step, (i + 1) * step), rest));
}
