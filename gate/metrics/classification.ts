/** Metrics that count right and wrong classes, as scikit-learn defines them. Pure. */
import type { Classified } from "../evidence/evidence.ts";
import type { Outcome } from "../measure/measurements.ts";
import type { Estimate } from "./estimate.ts";

/** The share of rows whose class is right. */
export function accuracy({ labels, predictions }: Classified): Estimate {
  const rows = labels.length;
  let right = 0;
  for (let row = 0; row < rows; row++) if (labels[row] === predictions[row]) right++;
  const value = right / rows;
  const influence = new Float64Array(rows);
  for (let row = 0; row < rows; row++) influence[row] = (labels[row] === predictions[row] ? 1 : 0) - value;
  return { value, influence, size: rows, kind: "counted" };
}

/** The mean recall of the classes that occur among the labels. */
export function balancedAccuracy(answers: Classified): Estimate {
  const counts = countClasses(answers);
  return meanRatio(
    answers,
    counts,
    RATIOS.recall,
    indices(answers, (k) => counts.labelled[k]! > 0),
  );
}

/**
 * Precision, recall or F1. With two classes: that of the second. With more: the mean over all that occur among the labels
 * or the predictions. A division by zero gives 0 (scikit-learn's `zero_division=0`).
 */
export function ratio(answers: Classified, name: RatioName): Outcome<Estimate> {
  if (answers.classes.length === 2) return classRatio(answers, name, 1);
  const counts = countClasses(answers);
  return meanRatio(
    answers,
    counts,
    RATIOS[name],
    indices(answers, (k) => counts.labelled[k]! + counts.predicted[k]! > 0),
  );
}

/**
 * The ratio of one class. A class that is never predicted has precision 0. There is no value if no row counts: by label
 * or prediction, and for the recall by label alone.
 *
 * @param klass Its index.
 */
export function classRatio(answers: Classified, name: RatioName, klass: number): Outcome<Estimate> {
  const counts = countClasses(answers);
  const labelled = counts.labelled[klass]!;
  const bearing = name === "recall" ? labelled : labelled + counts.predicted[klass]!;
  return bearing === 0
    ? { error: `no row has class ${answers.classes[klass]}` }
    : meanRatio(answers, counts, RATIOS[name], [klass]);
}

export const RATIO_NAMES = ["precision", "recall", "f1"] as const;
export type RatioName = (typeof RATIO_NAMES)[number];

/** A class's right answers divided by its predictions, its labels, or the mean of both. */
interface Ratio {
  readonly predictions: 0 | 1;
  readonly labels: 0 | 1;
}
const RATIOS: Record<RatioName, Ratio> = {
  precision: { predictions: 1, labels: 0 },
  recall: { predictions: 0, labels: 1 },
  f1: { predictions: 1, labels: 1 },
};

function meanRatio(
  { labels, predictions, classes }: Classified,
  { labelled, predicted, hits }: Counts,
  { predictions: byPredictions, labels: byLabels }: Ratio,
  klasses: readonly number[],
): Estimate {
  const terms = byPredictions + byLabels;
  // What a row adds to the influence by its label, by its prediction, and by a hit.
  const ofLabel = new Float64Array(classes.length);
  const ofPrediction = new Float64Array(classes.length);
  const ofHit = new Float64Array(classes.length);
  let sum = 0;
  let reciprocals = 0;
  let occurring = 0;
  for (const k of klasses) {
    const over = byPredictions * predicted[k]! + byLabels * labelled[k]!;
    if (over === 0) continue;
    const value = (terms * hits[k]!) / over;
    const scale = labels.length / over / klasses.length;
    ofLabel[k] = -byLabels * value * scale;
    ofPrediction[k] = -byPredictions * value * scale;
    ofHit[k] = terms * scale;
    sum += value;
    reciprocals += terms / over;
    occurring++;
  }
  const influence = new Float64Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const prediction = predictions[row]!;
    influence[row] =
      ofLabel[label]! +
      (prediction < 0 ? 0 : ofPrediction[prediction]!) +
      (prediction === label ? ofHit[label]! : 0);
  }
  return {
    value: sum / klasses.length,
    influence,
    // A mean of shares is as certain as one share of this many rows, if all shares are alike.
    size: occurring === 0 ? 0 : occurring ** 2 / reciprocals,
    kind: "counted",
  };
}

interface Counts {
  readonly labelled: Int32Array;
  readonly predicted: Int32Array;
  readonly hits: Int32Array;
}

/** Kept, since every ratio needs them. */
const counted = new WeakMap<Classified, Counts>();

/** Per class: rows with this label, rows with this prediction, rows with both. */
function countClasses(answers: Classified): Counts {
  const before = counted.get(answers);
  if (before !== undefined) return before;
  const { classes, labels, predictions } = answers;
  const labelled = new Int32Array(classes.length);
  const predicted = new Int32Array(classes.length);
  const hits = new Int32Array(classes.length);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const prediction = predictions[row]!;
    labelled[label]!++;
    if (prediction >= 0) predicted[prediction]!++;
    if (prediction === label) hits[label]!++;
  }
  const counts = { labelled, predicted, hits };
  counted.set(answers, counts);
  return counts;
}

const indices = ({ classes }: Classified, wanted: (klass: number) => boolean): number[] =>
  [...classes.keys()].filter(wanted);
