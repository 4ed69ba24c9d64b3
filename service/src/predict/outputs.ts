/** From the model's output tensors to the answer's values. Pure. */
import {
  classScores,
  decidedClasses,
  elementCount,
  fromFloat16,
  type ServedContract,
  type Tensor,
  type Tensors,
} from "../../../contract/index.ts";
import type { Features } from "../input/inputs.ts";
import { RequestError } from "../problems/requestError.ts";

type Answered = Pick<
  ServedContract,
  "name" | "version" | "task" | "prediction" | "scores" | "scoresAre" | "decision" | "threshold" | "classes"
>;

/**
 * Puts an answer together: JSON with `prediction`, one entry per row, a value or a list if the model gives several;
 * `scores`, one list per row in the order of the contract's classes; `warnings`, model and release. What the model does
 * not give is made from its scores: the label, the other class's score, probabilities from logits.
 *
 * @param outputs What the model gave for the features.
 * @throws RequestError (500) for NaN and infinities, which JSON does not have.
 */
export type PredictionWriter = (outputs: Tensors, features: Pick<Features, "rows" | "reported">) => string;

/** The writer for a contract. Made once at start; by hand, which is about twice as fast as JSON.stringify. */
export function predictionWriter(contract: Answered, release: string): PredictionWriter {
  const { name, version, scores } = contract;
  const end = `,"model":${JSON.stringify({ name, version })},"release":${JSON.stringify(release)}}`;
  const predicted = predictedValues(contract);

  return (outputs, features) => {
    const { rows } = features;
    let text = `{"prediction":${predicted(outputs, rows)}`;
    if (scores !== undefined) text += `,"scores":${scored(outputs, scores, rows, contract)}`;
    return text + warningsMember(features) + end;
  };
}

/** The predictions alone, as JSON: one entry per row. Made once at start. */
export function predictedValues(contract: Answered): (outputs: Tensors, rows: number) => string {
  const { prediction, scores, classes } = contract;
  if (prediction === undefined)
    return (outputs, rows) => {
      const given = finite(scores!, output(outputs, scores!, rows, contract));
      const indices = decidedClasses(contract, given, rows);
      return JSON.stringify(Array.from(indices, (index) => classes![index]));
    };
  return (outputs, rows) => {
    const predicted = output(outputs, prediction, rows, contract);
    // [rows, 1], as regressions have it, is one value per row.
    const { shape } = predicted;
    const perRow = shape.length === 2 && shape[1] === 1 ? [shape[0]!] : shape;
    return nested(prediction, predicted, perRow);
  };
}

/** One list per row, with a score for each class. */
function scored(outputs: Tensors, name: string, rows: number, contract: Answered): string {
  const tensor = output(outputs, name, rows, contract);
  const data = classScores(contract, tensor.data as Float32Array, rows);
  if (data === tensor.data) return nested(name, tensor, tensor.shape);
  finite(name, tensor);
  const shape = [rows, data.length / rows];
  return nested(name, { ...tensor, shape, data }, shape);
}

/** What an answer says of values that the contract only wants reported, as a further member of its JSON. */
export function warningsMember({ reported }: Pick<Features, "reported">): string {
  return reported ? `,"warnings":${JSON.stringify(reported.listed)}` : "";
}

function output(outputs: Tensors, name: string, rows: number, { task }: Pick<Answered, "task">): Tensor {
  const tensor = outputs.get(name);
  if (!tensor) throw new Error(`the model gave no output ${JSON.stringify(name)}`);
  // A raw output need not be one entry per row.
  if (task !== "raw" && tensor.shape[0] !== rows)
    throw new Error(
      `output ${JSON.stringify(name)} has shape ${JSON.stringify(tensor.shape)} for ${rows} rows`,
    );
  return tensor;
}

/** The values of scores. @throws RequestError (500) for NaN and infinities, of which nothing can be made. */
function finite(name: string, tensor: Tensor): Float32Array | Float64Array {
  const { data } = tensor;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) scalar(name, tensor, i);
  return data as Float32Array | Float64Array;
}

/** A tensor as nested lists. */
function nested(name: string, tensor: Tensor, shape: readonly number[]): string {
  const depth = shape.length;
  let at = 0;
  const level = (dimension: number): string => {
    if (dimension === depth) return element(name, tensor, at++);
    const size = shape[dimension]!;
    let text = "[";
    for (let i = 0; i < size; i++) text += i === 0 ? level(dimension + 1) : `,${level(dimension + 1)}`;
    return `${text}]`;
  };
  return level(0);
}

function element(name: string, tensor: Tensor, index: number): string {
  const value = scalar(name, tensor, index);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

type Scalar = number | string | boolean;

/** A value as JSON has it. */
function scalar(name: string, { datatype, shape, data }: Tensor, index: number): Scalar {
  const entry = data[index]!;
  if (typeof entry === "string") return entry;
  // JSON has no 64-bit integers: a number if it is exact, a string elsewhere.
  if (typeof entry === "bigint") {
    const number = Number(entry);
    return Number.isSafeInteger(number) ? number : entry.toString();
  }
  if (datatype === "BOOL") return entry === 1;
  const value = datatype === "FP16" ? fromFloat16(entry) : entry;
  if (Number.isFinite(value)) return value;
  const row = Math.floor(index / elementCount(shape.slice(1)));
  throw new RequestError(
    "invalid-output",
    `The model gave ${value} in its output ${JSON.stringify(name)} for row ${row} of the request.`,
  );
}

/**
 * An output's values as JSON has them, row-major.
 *
 * @throws RequestError (500) for NaN and infinities, which JSON would turn into null.
 */
export function toScalars(name: string, tensor: Tensor): Scalar[] {
  return Array.from({ length: tensor.data.length }, (_, index) => scalar(name, tensor, index));
}
