/** The model's labels are classes and follow from its scores, and the scores are what the contract says. Pure. */

import { firstFew, shown, whole } from "../../common/shown.ts";
import type { Contract } from "../../contract/index.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import type { Classified } from "../evidence/evidence.ts";
import { ran } from "../measure/measurements.ts";
import { probabilityFault } from "../metrics/probabilities.ts";
import { count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, noAnswers, unjudged } from "./check.ts";
import { isNearFor } from "./scoreRounding.ts";

const SHOWN = 3;

export const checkAgreement: CheckDefinition = {
  name: "agreement",
  notAsked: ({ contract }) =>
    contract.task === "classification"
      ? undefined
      : `a ${contract.task} model gives neither labels nor scores`,
  judge({ contract, holdout, answers }) {
    if (!ran(answers)) return noAnswers(answers);
    if (answers.task !== "classification" || holdout?.value === undefined)
      return unjudged("the holdout cannot be used");
    const { value } = holdout;
    const objections = [
      ...strangerFinding(contract, answers, value),
      ...scoreFindings(contract, answers, value),
    ];
    return judged(objections.length === 0 ? summary(contract, answers) : SOME, {
      objections,
      warnings: neverAsked(contract, answers, value),
    });
  },
};

const SOME = "labels, scores and classes do not agree";

function summary({ prediction, scores, decision = "argmax" }: Contract, answers: Classified): string {
  const rows = count(answers.labels.length, "label");
  if (prediction === undefined) return `${rows}, made from the scores by ${decision}`;
  if (scores === undefined) return `${rows}, all of them classes`;
  return decision === "independent"
    ? `${rows}, independent of the scores by the contract`
    : `${rows}, each decided by its scores`;
}

function strangerFinding(contract: Contract, answers: Classified, { lines }: Holdout): Finding[] {
  const { strangers, classes, labels } = answers;
  if (strangers.length === 0) return [];
  const rows = strangers.reduce((sum, stranger) => sum + stranger.rows, 0);
  const few = strangers.slice(0, SHOWN).map(({ label, row }) => `${label} for the row in line ${lines[row]}`);
  return [
    {
      what: `${whole(rows)} of ${count(labels.length, "label")} ${rows === 1 ? "is" : "are"} none of the classes ${firstFew(classes.slice(0, 10), classes.length)}: ${firstFew(few, strangers.length)}.`,
      where: "model/contract.json, /classes and /prediction",
      fix: fixOfStrangers(contract, answers),
    },
  ];
}

function fixOfStrangers(contract: Contract, { strangers, classes, predictions }: Classified): string {
  const numbers = strangers.map(({ label }) => Number(label));
  if (numbers.some((number) => Number.isFinite(number) && !Number.isInteger(number)))
    return `${JSON.stringify(contract.prediction)} gives fractions, as a score does: export the label as an output, and name that one as prediction`;
  const known = new Set(predictions);
  const given = [...numbers, ...classes.filter((_, k) => known.has(k)).map(Number)];
  for (const step of [1, -1])
    if (given.every((label) => classes.includes(String(label - step))))
      return `the model's classes start ${step === 1 ? "one above" : "one below"} those of the contract: list them as it gives them, or export it again`;
  return "list the classes that the model gives, or export it so that it gives only these";
}

function scoreFindings(contract: Contract, answers: Classified, holdout: Holdout): Finding[] {
  const { scores } = answers;
  if (scores === undefined) return [];
  const { scoresAre = "probabilities", decision = "argmax", prediction } = contract;
  const isGiven = prediction !== undefined && decision !== "independent";
  return [
    ...(scoresAre === "probabilities" ? probabilityFinding(contract, answers) : []),
    ...(isGiven ? decisionFinding(contract, { ...answers, scores }, holdout) : []),
  ];
}

function probabilityFinding(contract: Contract, answers: Classified): Finding[] {
  const fault = probabilityFault(answers);
  if (fault === undefined) return [];
  return [
    {
      what: `The scores are no probabilities: ${fault.text}.`,
      where: "model/contract.json, /scores",
      fix: `${fault.fix}; if they are meant to be something else, say so: "scoresAre": "numbers"`,
    },
  ];
}

type Scored = Classified & { readonly scores: Float32Array | Float64Array };

function decisionFinding(contract: Contract, answers: Scored, { lines }: Holdout): Finding[] {
  const { labels, classes, predictions, scores } = answers;
  // Scores that rounding may tell apart may have been equal when the label was chosen.
  const isNear = isNearFor(contract, scores);
  const decides =
    contract.decision === "threshold" ? byThreshold(contract.threshold!, isNear) : byArgmax(isNear);
  let rows = 0;
  let first = -1;
  for (let row = 0; row < labels.length; row++) {
    const label = predictions[row]!;
    if (label === -1 || decides(scores, row * classes.length, classes.length, label)) continue;
    if (first === -1) first = row;
    rows++;
  }
  if (rows === 0) return [];
  const of = Array.from(scores.subarray(first * classes.length, (first + 1) * classes.length));
  const few = of.slice(0, 5).map((score, k) => `${shown(score, 4)} (${classes[k]})`);
  const wins =
    contract.decision === "threshold"
      ? `decided by the threshold ${contract.threshold}`
      : "the class with the highest score";
  return [
    {
      what: `The label is not ${wins} in ${whole(rows)} of ${count(labels.length, "row")}: in line ${lines[first]} it is ${classes[predictions[first]!]}, and the scores are ${firstFew(few, of.length)}.`,
      where: "model/contract.json, /classes and /decision",
      fix: fixOfDecision(contract, answers),
    },
  ];
}

type IsNear = ReturnType<typeof isNearFor>;
type Decides = (scores: ArrayLike<number>, from: number, width: number, label: number) => boolean;

/** Whether the label's score is as good as the highest. */
const byArgmax =
  (isNear: IsNear): Decides =>
  (scores, from, width, label) => {
    let highest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < width; k++) if (scores[from + k]! > highest) highest = scores[from + k]!;
    return isNear(highest, scores[from + label]!);
  };

const byThreshold =
  (threshold: number, isNear: IsNear): Decides =>
  (scores, from, _, label) => {
    const score = scores[from + 1]!;
    return isNear(score, threshold) || (score >= threshold ? 1 : 0) === label;
  };

const FIX =
  'export label and scores from the same model; if the label should not follow from the scores, say so: "decision": "independent"';

/** The one change that would make all rows agree, if there is one. */
function fixOfDecision(contract: Contract, answers: Scored): string {
  const { classes = [] } = contract;
  const order = orderOfScores(answers, isNearFor(contract, answers.scores));
  if (order !== undefined && String(order) !== String(answers.classes)) {
    const written = order.map((label) =>
      JSON.stringify(classes.find((entry) => String(entry) === label) ?? label),
    );
    return `list the classes in the order of the scores; all rows agree with this one: "classes": [${written.join(", ")}]`;
  }
  const threshold = thresholdBetween(answers);
  return threshold === undefined
    ? FIX
    : `all rows agree with a threshold; if that is meant, say "decision": "threshold", "threshold": ${threshold}; if the label does not follow from the scores, "decision": "independent"`;
}

/** The order of classes in which the highest score is always the label's. Rows whose two highest are as good as equal are skipped. */
function orderOfScores(
  { classes, predictions, scores, labels }: Scored,
  isNear: IsNear,
): string[] | undefined {
  const width = classes.length;
  const found = new Int32Array(width).fill(-1);
  for (let row = 0; row < labels.length; row++) {
    let [top, second] = [0, -1];
    for (let k = 1; k < width; k++) {
      const score = scores[row * width + k]!;
      if (score > scores[row * width + top]!) [top, second] = [k, top];
      else if (second === -1 || score > scores[row * width + second]!) second = k;
    }
    const label = predictions[row]!;
    if (isNear(scores[row * width + top]!, scores[row * width + second]!)) continue;
    if (label === -1 || (found[top] !== -1 && found[top] !== label)) return undefined;
    found[top] = label;
  }
  if (found.includes(-1) || new Set(found).size !== width) return undefined;
  return Array.from(found, (label) => classes[label]!);
}

/** A round number that separates rows labelled with the second class from all others, by that class's score. */
function thresholdBetween({ classes, predictions, scores, labels }: Scored): number | undefined {
  if (classes.length !== 2) return undefined;
  let [highestOut, lowestIn] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let row = 0; row < labels.length; row++) {
    const score = scores[2 * row + 1]!;
    if (predictions[row] === -1) continue;
    if (predictions[row] === 1) lowestIn = Math.min(lowestIn, score);
    else highestOut = Math.max(highestOut, score);
  }
  if (!(highestOut < lowestIn) || !Number.isFinite(highestOut) || !Number.isFinite(lowestIn))
    return undefined;
  for (let digits = 1; digits < 15; digits++) {
    const rounded = Number(((highestOut + lowestIn) / 2).toPrecision(digits));
    if (rounded > highestOut && rounded <= lowestIn) return rounded;
  }
  return undefined;
}

/** If the contract lists no classes, any label that the model answers is one. */
function neverAsked(
  contract: Contract,
  { classes, labels, predictions }: Classified,
  { lines }: Holdout,
): Finding[] {
  if (contract.classes !== undefined) return [];
  const right = new Set(labels);
  const wrong = classes.flatMap((label, k) => {
    const row = right.has(k) ? -1 : predictions.indexOf(k);
    return row === -1 ? [] : [`${label} for the row in line ${lines[row]}`];
  });
  if (wrong.length === 0) return [];
  return [
    {
      what: `The model answers ${wrong.length === 1 ? "a label" : `${wrong.length} labels`} that no row of the holdout has: ${firstFew(wrong.slice(0, SHOWN), wrong.length)}.`,
      where: "model/contract.json, /classes",
      fix: "list the classes there, so that any other label is an objection",
    },
  ];
}
