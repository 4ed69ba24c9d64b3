/** The answers for some of the rows. Pure. */
import type { Answers } from "../evidence/evidence.ts";

/** @param rows Indices, in the order wanted. */
export function takeRows(answers: Answers, rows: Int32Array): Answers {
  if (answers.task === "regression") {
    const { targets, predictions } = answers;
    return {
      ...answers,
      targets: Float64Array.from(rows, (row) => targets[row]!),
      predictions: Float64Array.from(rows, (row) => predictions[row]!),
    };
  }
  const { classes, labels, predictions, scores } = answers;
  const taken = {
    ...answers,
    labels: rows.map((row) => labels[row]!),
    predictions: rows.map((row) => predictions[row]!),
  };
  if (scores === undefined) return taken;
  const width = classes.length;
  const takenScores = new (scores.constructor as Float64ArrayConstructor)(rows.length * width);
  rows.forEach((row, i) => takenScores.set(scores.subarray(row * width, (row + 1) * width), i * width));
  return { ...taken, scores: takenScores };
}
