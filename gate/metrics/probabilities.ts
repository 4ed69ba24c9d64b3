/** Metrics that need scores to be probabilities. Pure. */

import { shown } from "../../common/shown.ts";
import type { Classified } from "../evidence/evidence.ts";
import { failed, type Outcome } from "../measure/measurements.ts";
import type { Estimate } from "./estimate.ts";

/** FP32 scores from a softmax add up to 1 within 0.00001 or so, and rounded ones within this. */
const TOLERANCE = 1e-3;

/**
 * The mean of -ln of the right class's score, in nats.
 *
 * The same as in scikit-learn 1.9, given float64: scores are cut to [ε, 1 - ε] with ε = 2^-52, but not scaled to add up to 1.
 */
export function logLoss(answers: Classified): Outcome<Estimate> {
  const scores = probabilities(answers);
  if (failed(scores)) return scores;
  const { labels, classes } = answers;
  const influence = new Float64Array(labels.length);
  let sum = 0;
  for (let row = 0; row < labels.length; row++) {
    const score = scores[row * classes.length + labels[row]!]!;
    const loss = -Math.log(Math.min(Math.max(score, Number.EPSILON), 1 - Number.EPSILON));
    influence[row] = loss;
    sum += loss;
  }
  const value = sum / labels.length;
  for (let row = 0; row < influence.length; row++) influence[row]! -= value;
  return {
    value,
    influence,
    size: labels.length,
    kind: "error",
  };
}

const BINS = 10;

/**
 * The expected calibration error. Rows are sorted by their top score into 10 bins of equal width, (0, 0.1] to (0.9, 1].
 * Each bin has a mean top score and a share of rows whose class has the top score. Their difference is averaged over the
 * rows (Guo et al., "On calibration of modern neural networks", 2017). With few rows per bin the error comes out too high.
 */
export function calibrationError(answers: Classified): Outcome<Estimate> {
  const scores = probabilities(answers);
  if (failed(scores)) return scores;
  const { labels, classes } = answers;
  const rows = labels.length;
  const bins = new Uint8Array(rows);
  /** Per row, 1 if its class has the top score and 0 otherwise, minus that score. */
  const influence = new Float64Array(rows);
  const sums = new Float64Array(BINS);
  for (let row = 0; row < rows; row++) {
    let top = 0;
    let score = scores[row * classes.length]!;
    for (let klass = 1; klass < classes.length; klass++) {
      const other = scores[row * classes.length + klass]!;
      if (other > score) [top, score] = [klass, other];
    }
    const bin = Math.min(Math.max(Math.ceil(score * BINS) - 1, 0), BINS - 1);
    bins[row] = bin;
    influence[row] = (labels[row] === top ? 1 : 0) - score;
    sums[bin]! += influence[row]!;
  }
  const value = sums.reduce((sum, each) => sum + Math.abs(each), 0) / rows;
  const signs = sums.map(Math.sign);
  for (let row = 0; row < rows; row++) influence[row] = influence[row]! * signs[bins[row]!]! - value;
  return {
    value,
    influence,
    size: rows,
    kind: "fraction",
  };
}

/** The scores, or why they are no probabilities. */
function probabilities(answers: Classified): Outcome<Float32Array | Float64Array> {
  if (answers.scores === undefined) return { error: "the contract names no scores" };
  const fault = probabilityFault(answers);
  return fault === undefined ? answers.scores : { error: fault.text };
}

/** Why the scores are no probabilities, and a fix. */
export function probabilityFault({
  scores,
  classes,
  labels,
}: Pick<Classified, "scores" | "classes" | "labels">):
  | { readonly text: string; readonly fix: string }
  | undefined {
  if (scores === undefined) return undefined;
  const range = { lowest: Infinity, highest: -Infinity };
  const sums = { lowest: Infinity, highest: -Infinity };
  for (let row = 0; row < labels.length; row++) {
    let sum = 0;
    for (let klass = 0; klass < classes.length; klass++) {
      const score = scores[row * classes.length + klass]!;
      range.lowest = Math.min(range.lowest, score);
      range.highest = Math.max(range.highest, score);
      sum += score;
    }
    sums.lowest = Math.min(sums.lowest, sum);
    sums.highest = Math.max(sums.highest, sum);
  }
  const between = ({ lowest, highest }: typeof range) => `${shown(lowest, 4)} to ${shown(highest, 4)}`;
  const isAll = ({ lowest, highest }: typeof range, wanted: number) =>
    lowest >= wanted * (1 - TOLERANCE) && highest <= wanted * (1 + TOLERANCE);
  if (range.lowest < -TOLERANCE || range.highest > 1 + TOLERANCE) {
    const text = `the scores run from ${between(range)}, and probabilities from 0 to 1`;
    if (isAll(sums, 100)) return { text, fix: "they are percentages: divide them by 100 inside the model" };
    return range.highest <= TOLERANCE && areLogarithms(scores, classes.length)
      ? {
          text,
          fix: 'they are logarithms of probabilities: end the model with Exp, or say "scoresAre": "logits"',
        }
      : {
          text,
          fix: 'end the model with a softmax, or with a sigmoid for two classes, or say "scoresAre": "logits" if they are logits',
        };
  }
  if (!isAll(sums, 1))
    return {
      text: `the scores of a row add up to ${between(sums)}, and probabilities to 1`,
      fix: "end the model with a softmax, or divide each row by its sum",
    };
  return undefined;
}

/** Whether exp of each row's scores adds up to 1. */
function areLogarithms(scores: Float32Array | Float64Array, width: number): boolean {
  for (let from = 0; from < scores.length; from += width) {
    let sum = 0;
    for (let klass = 0; klass < width; klass++) sum += Math.exp(scores[from + klass]!);
    if (Math.abs(sum - 1) > TOLERANCE) return false;
  }
  return true;
}
