/** No part of the holdout that is large enough to judge is answered clearly worse than the rest. Pure. */

import { figure } from "../../common/shown.ts";
import type { Steps } from "../../common/steps.ts";
import type { Contract } from "../../contract/index.ts";
import { features } from "../data/features.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import type { Answers, Evidence } from "../evidence/evidence.ts";
import { ran } from "../measure/measurements.ts";
import { count, dispose, type Finding } from "../report/report.ts";
import { findWeakest, type Gap, type WeakSegment } from "../segments/findWeakest.ts";
import { type Partition, partition } from "../segments/partition.ts";
import {
  type CheckDefinition,
  inSteps,
  judged,
  noAnswers,
  type Outcome,
  unjudged,
  withoutTargets,
} from "./check.ts";

/** If a model has more columns, such as pixels of an image, none of them splits the rows in a meaningful way. */
const MOST_COLUMNS = 500;
/** Clearly worse means 5 points of accuracy, or a quarter of the mean absolute error. */
const CLEARLY: Readonly<Record<Answers["task"], Gap>> = {
  classification: { difference: 0.05, factor: 1 },
  regression: { difference: 0, factor: 1.25 },
};

export const checkWeakSegments: CheckDefinition = {
  name: "weakSegments",
  notAsked: withoutTargets,
  ...inSteps(judgeSegments),
};

function* judgeSegments({ contract, holdout, answers }: Evidence): Steps<Outcome> {
  if (!ran(answers)) return noAnswers(answers);
  if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
  const { file, value } = holdout;
  const partitions = yield* partitionsOf(contract, value);
  const { looked, weakest } = yield* findWeakest(partitions, losses(answers), CLEARLY[answers.task]);
  return judged(
    `${count(looked, "part")} of the holdout, ${weakest.length} clearly weaker`,
    dispose(
      contract.validation?.findings?.weakSegments ?? "warn",
      weakest.map((weak) => finding(weak, answers.task, file)),
    ),
  );
}

const known = new WeakMap<Holdout, readonly Partition[]>();

/** Remembered: they need no answers, so they are made while the model runs. */
export function* partitionsOf(contract: Contract, holdout: Holdout): Steps<readonly Partition[]> {
  const before = known.get(holdout);
  if (before !== undefined) return before;
  const partitions: Partition[] = [];
  for (const feature of features(contract, holdout).slice(0, MOST_COLUMNS)) {
    partitions.push(partition(feature));
    yield;
  }
  known.set(holdout, partitions);
  return partitions;
}

/** Per row: 1 for a wrong label, or the absolute error of a number. */
function losses(answers: Answers): Float64Array {
  if (answers.task === "classification") {
    const { labels, predictions } = answers;
    const wrong = new Float64Array(labels.length);
    for (let row = 0; row < wrong.length; row++) if (labels[row] !== predictions[row]) wrong[row] = 1;
    return wrong;
  }
  return answers.targets.map((target, row) => Math.abs(target - answers.predictions[row]!));
}

function finding(
  { columns, of, rows, loss, elsewhere }: WeakSegment,
  task: Answers["task"],
  file: string,
): Finding {
  const [metric, here, there] =
    task === "classification"
      ? ["accuracy", 1 - loss, 1 - elsewhere]
      : ["the mean absolute error", loss, elsewhere];
  return {
    what: `${metric} is ${figure(here)} on the ${count(rows, "row")} with ${of}, and ${figure(there)} on the rest.`,
    where: `${file}, ${columns.length === 1 ? "column" : "columns"} ${columns.join(" and ")}`,
    fix: "train with more such rows, or with features that tell their answers apart; /validation/slices takes a floor for them",
  };
}
