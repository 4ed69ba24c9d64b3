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
  const { name, version, task, prediction, scores, scoresAre, classes } = contract;
  const end = `,"model":${JSON.stringify({ name, version })},"release":${JSON.stringify(release)}}`;
  const values = (outputs: Tensors, output: string, rows: number): Tensor => {
    const tensor = outputs.get(output);
    if (!tensor) throw new Error(`the model gave no output ${JSON.stringify(output)}`);
    // A raw output need not be one entry per row.
    if (task !== "raw" && tensor.shape[0] !== rows)
      throw new Error(
        `output ${JSON.stringify(output)} has shape ${JSON.stringify(tensor.shape)} for ${rows} rows`,
      );
    return tensor;
  };

  const predicted = (output: string, outputs: Tensors, rows: number) => {
    const tensor = values(outputs, output, rows);
    // [rows, 1], as regressions have it, is one value per row.
    const { shape } = tensor;
    return nested(output, tensor, shape.length === 2 && shape[1] === 1 ? [shape[0]!] : shape);
  };
  const decided = (outputs: Tensors, rows: number) => {
    const indices = decidedClasses(contract, finite(scores!, values(outputs, scores!, rows)), rows);
    return JSON.stringify(Array.from(indices, (index) => classes![index]));
  };
  const scored = (output: string, outputs: Tensors, rows: number) => {
    const tensor = values(outputs, output, rows);
    const isSingle = classes?.length === 2 && tensor.data.length === rows;
    if (scoresAre !== "logits" && !isSingle) return nested(output, tensor, tensor.shape);
    const data = classScores(contract, finite(output, tensor), rows);
    const shape = [rows, data.length / rows];
    return nested(output, { ...tensor, shape, data }, shape);
  };

  return (outputs, { rows, reported }) => {
    let text = `{"prediction":${prediction === undefined ? decided(outputs, rows) : predicted(prediction, outputs, rows)}`;
    if (scores !== undefined) text += `,"scores":${scored(scores, outputs, rows)}`;
    if (reported) text += `,"warnings":${JSON.stringify(reported.listed)}`;
    return text + end;
  };
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
