/** The answer of a classification that the model gives in part: logits, one score for two classes, scores without a label. Pure. */
import type { ServedContract } from "./contract.ts";

type Floats = Float32Array | Float64Array;
type Scored = Pick<ServedContract, "scoresAre" | "decision" | "threshold" | "classes">;

/** Whether the scores of an answer are from 0 to 1: the model gives them so, or they are made so from logits. */
export function givesProbabilities({
  scores,
  scoresAre,
}: Pick<ServedContract, "scores" | "scoresAre">): boolean {
  return scores !== undefined && scoresAre !== "numbers";
}

/**
 * One score per row and class, row-major: of logits their softmax. A single score per row is that of the second of two
 * classes, a single logit by the logistic function, and the first class has the rest to 1.
 *
 * @param given What the model gives: `[rows, classes]` or, with two classes, `[rows]` or `[rows, 1]`.
 * @returns `given` itself if nothing is to be made of it.
 */
export function classScores(contract: Scored, given: Floats, rows: number): Floats {
  const width = given.length / rows;
  const isLogits = contract.scoresAre === "logits";
  if (isSingle(contract, width)) return pairs(given, isLogits);
  return isLogits ? softmax(given, width) : given;
}

/**
 * The index of each row's class in the contract's `classes`, as its `decision` has it. The first of equally high scores
 * wins, as with numpy.argmax.
 *
 * @param given What the model gives, as for `classScores`. A threshold applies to what that makes of it.
 */
export function decidedClasses(contract: Scored, given: Floats, rows: number): Int32Array {
  const { scoresAre, decision, threshold } = contract;
  if (decision === "threshold") {
    const scores = classScores(contract, given, rows);
    const lowest = scores instanceof Float32Array ? Math.fround(threshold!) : threshold!;
    return Int32Array.from({ length: rows }, (_, row) => (scores[2 * row + 1]! >= lowest ? 1 : 0));
  }
  const width = given.length / rows;
  if (isSingle(contract, width)) {
    const middle = scoresAre === "logits" ? 0 : 0.5;
    return Int32Array.from(given, (score) => (score > middle ? 1 : 0));
  }
  // Not of the softmax: it may round two logits to the same number.
  return Int32Array.from({ length: rows }, (_, row) => highest(given, row * width, width));
}

/** A single number says nothing about the other class unless it is a probability or a logit. */
const isSingle = ({ scoresAre, classes }: Scored, width: number) =>
  width === 1 && classes?.length === 2 && scoresAre !== "numbers";

function highest(scores: Floats, from: number, width: number): number {
  let top = 0;
  for (let k = 1; k < width; k++) if (scores[from + k]! > scores[from + top]!) top = k;
  return top;
}

function pairs(given: Floats, isLogits: boolean): Floats {
  const scores = roomLike(given, 2 * given.length);
  for (let row = 0; row < given.length; row++) {
    const score = given[row]!;
    scores[2 * row] = isLogits ? logistic(-score) : 1 - score;
    scores[2 * row + 1] = isLogits ? logistic(score) : score;
  }
  return scores;
}

const logistic = (logit: number) => 1 / (1 + Math.exp(-logit));

function softmax(given: Floats, width: number): Floats {
  const scores = roomLike(given, given.length);
  for (let from = 0; from < given.length; from += width) {
    const most = given[from + highest(given, from, width)]!; // so that no exponential overflows
    let sum = 0;
    for (let k = 0; k < width; k++) sum += Math.exp(given[from + k]! - most);
    for (let k = 0; k < width; k++) scores[from + k] = Math.exp(given[from + k]! - most) / sum;
  }
  return scores;
}

function roomLike(given: Floats, length: number): Floats {
  return new (given.constructor as Float64ArrayConstructor)(length);
}
