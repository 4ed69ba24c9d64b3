/** Metrics that take scores for probabilities. Pure. */
import type { Classified } from "../evidence.ts";
import { failed, type Outcome } from "../measurements.ts";
import { shown } from "../shown.ts";
import type { Estimate } from "./estimate.ts";

/** FP32 scores that a softmax has made add up to 1 within 0.00001 or so, and rounded ones within this. */
const TOLERANCE = 1e-3;

/**
 * The mean of -ln of the right class' score, in nats.
 *
 * As scikit-learn 1.9's, given float64: scores are cut to [ε, 1 - ε] with ε = 2^-52, and not made to add up to 1.
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
  return {
    value,
    influence: influence.map((loss) => loss - value),
    size: labels.length,
    kind: "error",
  };
}

const BINS = 10;

/**
 * The expected calibration error: rows are sorted into 10 bins of equal width by their top score, (0, 0.1] to (0.9, 1];
 * the difference between a bin's mean top score and the share of rows whose class has it is averaged over the rows (Guo
 * et al., "On calibration of modern neural networks", 2017). With few rows per bin it comes out too high.
 */
export function calibrationError(answers: Classified): Outcome<Estimate> {
  const scores = probabilities(answers);
  if (failed(scores)) return scores;
  const { labels, classes } = answers;
  const rows = labels.length;
  const bins = new Uint8Array(rows);
  /** Per row, 1 if its class has the top score, else 0, less that score. */
  const influence = new Float64Array(rows);
  const sums = new Float64Array(BINS);
  for (let row = 0; row < rows; row++) {
    let top = 0;
    for (let klass = 1; klass < classes.length; klass++)
      if (scores[row * classes.length + klass]! > scores[row * classes.length + top]!) top = klass;
    const score = scores[row * classes.length + top]!;
    const bin = Math.min(Math.max(Math.ceil(score * BINS) - 1, 0), BINS - 1);
    bins[row] = bin;
    influence[row] = (labels[row] === top ? 1 : 0) - score;
    sums[bin]! += influence[row]!;
  }
  const value = sums.reduce((sum, each) => sum + Math.abs(each), 0) / rows;
  return {
    value,
    influence: influence.map((excess, row) => excess * Math.sign(sums[bins[row]!]!) - value),
    size: rows,
    kind: "fraction",
  };
}

/** The scores, or what they look like if they are no probabilities. */
function probabilities({ scores, classes, labels }: Classified): Outcome<Float64Array> {
  if (scores === undefined) return { error: "the contract names no scores" };
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
  if (range.lowest < -TOLERANCE || range.highest > 1 + TOLERANCE)
    return { error: `the scores run from ${between(range)}, and probabilities from 0 to 1` };
  if (sums.lowest < 1 - TOLERANCE || sums.highest > 1 + TOLERANCE)
    return { error: `the scores of a row add up to ${between(sums)}, and probabilities to 1` };
  return scores;
}
