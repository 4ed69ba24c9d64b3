/** The model's answers to the holdout, beside the right ones. Pure. */
import type { Contract } from "../../model/contract.ts";
import type { TensorData } from "../../model/tensors.ts";
import type { Answers, Classified } from "./evidence.ts";
import type { Holdout } from "./holdout.ts";
import type { Outcome, TensorValues } from "./measurements.ts";

/** The outputs that answers are made of. */
export function answeredOutputs({ prediction, scores }: Contract): string[] {
  return scores === undefined ? [prediction] : [prediction, scores];
}

/**
 * @param outputs What the model gave for the holdout's rows.
 * @returns the answers; or what is wrong with what it gave: another number of values than one per row (and class), or one that is not finite.
 */
export function toAnswers(contract: Contract, holdout: Holdout, outputs: TensorValues): Outcome<Answers> {
  const { rows, targets } = holdout;
  const prediction = outputs[contract.prediction];
  if (prediction === undefined || prediction.data.length !== rows)
    return { error: misshapen(contract.prediction, prediction, `${rows} rows`) };
  const fault = notFinite(contract.prediction, prediction.data, rows, holdout);
  if (fault !== undefined) return { error: fault };
  if (!Array.isArray(targets))
    return {
      task: "regression",
      targets: targets as Float64Array,
      predictions: Float64Array.from(prediction.data as Float64Array, Number),
    };

  const classes = contract.classes?.map(String) ?? classesOf(targets, prediction.data);
  const answers: Classified = {
    task: "classification",
    classes,
    labels: indices(targets, classes),
    predictions: indices(prediction.data, classes),
  };
  if (contract.scores === undefined) return answers;
  const scores = outputs[contract.scores];
  if (scores === undefined || scores.data.length !== rows * classes.length)
    return { error: misshapen(contract.scores, scores, `${rows} rows and ${classes.length} classes`) };
  const scoreFault = notFinite(contract.scores, scores.data, rows, holdout);
  if (scoreFault !== undefined) return { error: scoreFault };
  return { ...answers, scores: new Float64Array(scores.data as Float32Array) };
}

const misshapen = (name: string, tensor: TensorValues[string] | undefined, wanted: string) =>
  `its output ${JSON.stringify(name)} has the shape [${tensor?.shape ?? ""}] for ${wanted}`;

function notFinite(name: string, data: TensorData, rows: number, { lines }: Holdout): string | undefined {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return undefined;
  const row = Math.floor(at / (data.length / rows));
  return `its output ${JSON.stringify(name)} holds ${data[at]} for the row in line ${lines[row]}`;
}

/** Without classes in the contract: all labels that occur, as scikit-learn orders them. */
function classesOf(targets: readonly string[], predictions: TensorData): string[] {
  const found = [...new Set([...targets, ...Array.from(new Set<unknown>(predictions), String)])];
  const numeric = found.every((label) => label.trim() !== "" && Number.isFinite(Number(label)));
  return numeric ? found.toSorted((a, b) => Number(a) - Number(b)) : found.toSorted();
}

/** Per value the index of its class; -1 for none. */
function indices(values: TensorData | readonly string[], classes: readonly string[]): Int32Array {
  const byValue = new Map<unknown, number>(); // by the value itself: text is made once per distinct one
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let index = byValue.get(value);
    if (index === undefined) byValue.set(value, (index = classes.indexOf(String(value))));
    result[i] = index;
  }
  return result;
}
