/** The model's answers to the holdout, with the right ones. Pure. */

import { whole } from "../../common/shown.ts";
import {
  answeredOutputs,
  type Contract,
  classScores,
  decidedClasses,
  type TensorData,
  type TensorValues,
} from "../../contract/index.ts";
import { encode } from "../data/encode.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { failed, type Outcome, type TableAnswers } from "../measure/measurements.ts";
import type { NotFinite } from "../measure/orders.ts";
import type { Answers, Stranger } from "./evidence.ts";

/** The outputs with the prediction and the scores, and all other outputs with a value per row: callers get all of them. */
export function rowOutputs(contract: Contract): string[] {
  const answered = answeredOutputs(contract);
  if (contract.task === "raw") return answered; // nothing says that its rows are the inputs' rows
  const others = contract.outputs.filter(({ name, shape }) => shape[0] === -1 && !answered.includes(name));
  return [...answered, ...others.map(({ name }) => name)];
}

/**
 * @param table The model's outputs for the holdout's rows.
 * @returns The answers, or their fault: not one value per row (and class), or a number that is not finite.
 */
export function toAnswers(
  contract: Contract,
  holdout: Holdout,
  { outputs, notFinite }: Pick<TableAnswers, "outputs" | "notFinite">,
): Outcome<Answers> {
  const { rows, targets, lines } = holdout;
  const faulty = notFinite.find(({ output }) => answeredOutputs(contract).includes(output));
  if (faulty !== undefined) return { error: notFiniteText(faulty, lines) };
  const { prediction: name } = contract;
  const predicted = name === undefined ? undefined : outputs[name]?.data;
  if (name !== undefined && predicted?.length !== rows)
    return { error: misshapen(name, outputs[name], `${rows} rows`) };
  if (targets instanceof Float64Array)
    return {
      task: "regression",
      targets,
      predictions: Float64Array.from(predicted as Float64Array, Number),
    };

  const classes = contract.classes?.map(String) ?? classesOf(targets, predicted!);
  const scores = scoresOf(contract, outputs, rows, classes.length);
  if (scores !== undefined && failed(scores)) return scores;
  const { indices: predictions, strangers } =
    predicted === undefined
      ? { indices: decidedClasses(contract, scores!.given, rows), strangers: [] }
      : indices(predicted, classes);
  return {
    task: "classification",
    classes,
    labels: indices(targets, classes).indices,
    predictions,
    strangers,
    ...(scores && { scores: scores.made }),
  };
}

interface Scores {
  /** As the model gives them. */
  readonly given: Float32Array | Float64Array;
  /** One per row and class. */
  readonly made: Float32Array | Float64Array;
}

function scoresOf(
  contract: Contract,
  outputs: TensorValues,
  rows: number,
  classes: number,
): Outcome<Scores> | undefined {
  const { scores: name } = contract;
  if (name === undefined) return undefined;
  const scores = outputs[name];
  if (scores !== undefined) {
    const given = scores.data as Float32Array | Float64Array;
    const made = classScores(contract, given, rows);
    if (made.length === rows * classes) return { given, made };
  }
  return { error: misshapen(name, scores, `${rows} rows and ${classes} classes`) };
}

/** `its output "y" holds NaN for the row in line 7, and 12 values in all that are no finite numbers` */
export function notFiniteText(
  { output, count, rows: [row = 0], value }: NotFinite,
  lines: Int32Array,
): string {
  const more = count > 1 ? `, and ${whole(count)} values in all that are no finite numbers` : "";
  return `its output ${JSON.stringify(output)} holds ${value} for the row in line ${lines[row]}${more}`;
}

const misshapen = (name: string, tensor: TensorValues[string] | undefined, wanted: string) =>
  `its output ${JSON.stringify(name)} has the shape [${tensor?.shape ?? ""}] for ${wanted}`;

/** All labels that occur, in scikit-learn's order. For a contract without classes. */
function classesOf(targets: readonly string[], predictions: TensorData): string[] {
  const found = [...new Set([...targets, ...Array.from(new Set<unknown>(predictions), String)])];
  const numeric = found.every((label) => label.trim() !== "" && Number.isFinite(Number(label)));
  return numeric ? found.toSorted((a, b) => Number(a) - Number(b)) : found.toSorted();
}

/** The same as 32-bit integers, if they fit: each read of a 64-bit integer makes an object. */
function narrowed(values: BigInt64Array): BigInt64Array | Int32Array {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length); // lower word first, on every platform of ONNX Runtime
  const result = new Int32Array(values.length);
  for (let i = 0; i < result.length; i++) {
    const low = words[2 * i]!;
    if (words[2 * i + 1] !== low >> 31) return values;
    result[i] = low;
  }
  return result;
}

/** Per value, the index of its class or -1 if it has none; and the values that have none. */
function indices(
  values: TensorData | readonly string[],
  classes: readonly string[],
): { indices: Int32Array; strangers: Stranger[] } {
  const { codes, distinct } = encode<number | string | bigint>(
    values instanceof BigInt64Array ? narrowed(values) : values,
  );
  const ofCode = Int32Array.from(distinct, (value) => classes.indexOf(String(value)));
  const result = new Int32Array(values.length);
  const strangers = new Map<number, { label: string; rows: number; row: number }>();
  for (let i = 0; i < values.length; i++) {
    const code = codes[i]!;
    const index = (result[i] = ofCode[code]!);
    if (index !== -1) continue;
    const stranger = strangers.get(code) ?? { label: String(distinct[code]), rows: 0, row: i };
    strangers.set(code, stranger);
    stranger.rows++;
  }
  return { indices: result, strangers: [...strangers.values()] };
}
