/** The area under the ROC curve. Pure. */
import type { Classified } from "../evidence/evidence.ts";
import { failed, type Outcome } from "../measure/measurements.ts";
import type { Estimate } from "./estimate.ts";

/**
 * How likely it is that a row of the class scores higher than a row of another class; ties count half. With two classes:
 * that of the second. With more: the mean of each against the rest, whatever its size (scikit-learn's `ovr` and `macro`).
 *
 * The influence of a row is the share of the other side that it is ahead of (DeLong, DeLong and Clarke-Pearson,
 * "Comparing the areas under two or more correlated receiver operating characteristic curves", 1988). They divide by
 * one row less.
 */
export function rocAuc(answers: Classified): Outcome<Estimate> {
  const { classes, labels, scores } = answers;
  if (scores === undefined) return { error: "the contract names no scores" };
  const klasses = classes.length === 2 ? [1] : [...classes.keys()];
  const influence = new Float64Array(labels.length);
  let sum = 0;
  let size = Infinity;
  for (const klass of klasses) {
    const area = oneAgainstRest(answers, scores, klass);
    if (failed(area)) return area;
    if (klasses.length === 1) influence.set(area.influence);
    else
      for (let row = 0; row < labels.length; row++) influence[row]! += area.influence[row]! / klasses.length;
    sum += area.value;
    size = Math.min(size, area.size);
  }
  return { value: sum / klasses.length, influence, size, kind: "fraction" };
}

function oneAgainstRest(
  { classes, labels }: Classified,
  scores: Float32Array | Float64Array,
  klass: number,
): Outcome<Pick<Estimate, "value" | "influence" | "size">> {
  const rows = labels.length;
  /** Scores of the class's rows from the left, of all others from the right. */
  const parted = new Float64Array(rows);
  let left = 0;
  let right = rows;
  for (let row = 0; row < rows; row++)
    parted[labels[row] === klass ? left++ : --right] = scores[row * classes.length + klass]!;
  const inside = parted.subarray(0, left).toSorted();
  const outside = parted.subarray(right).toSorted();
  if (inside.length === 0) return { error: `no row has class ${classes[klass]}` };
  if (outside.length === 0) return { error: `all rows have class ${classes[klass]}` };

  /** Per row, the share of the other side that it is ahead of. */
  const ahead = new Float64Array(rows);
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const score = scores[row * classes.length + klass]!;
    if (labels[row] === klass) {
      ahead[row] = place(score, outside) / outside.length;
      sum += ahead[row]!;
    } else ahead[row] = 1 - place(score, inside) / inside.length;
  }
  const value = sum / inside.length;
  const [scaleIn, scaleOut] = [rows / inside.length, rows / outside.length];
  for (let row = 0; row < rows; row++)
    ahead[row] = (ahead[row]! - value) * (labels[row] === klass ? scaleIn : scaleOut);
  return { value, influence: ahead, size: Math.min(inside.length, outside.length) };
}

/** The number of lower scores, plus half of the number of equal ones. */
function place(score: number, sorted: Float64Array): number {
  let lower = 0;
  for (let high = sorted.length; lower < high; ) {
    const middle = (lower + high) >>> 1;
    if (sorted[middle]! < score) lower = middle + 1;
    else high = middle;
  }
  if (sorted[lower] !== score) return lower;
  let notHigher = lower;
  for (let high = sorted.length; notHigher < high; ) {
    const middle = (notHigher + high) >>> 1;
    if (sorted[middle]! <= score) notHigher = middle + 1;
    else high = middle;
  }
  return (lower + notHigher) / 2;
}
