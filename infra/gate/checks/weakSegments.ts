/** No part of the holdout, large enough to tell, is answered clearly worse than the rest. Pure. */
import type { Contract } from "../../../model/contract.ts";
import type { Answers, CheckFunction } from "../evidence.ts";
import { features } from "../features.ts";
import type { Holdout } from "../holdout.ts";
import { figure } from "../metrics/figure.ts";
import { notJudged } from "../notJudged.ts";
import { count, dispose, type Finding } from "../report.ts";
import { findWeakest, type Gap, type WeakSegment } from "../segments/findWeakest.ts";
import { type Partition, partition } from "../segments/partition.ts";

/** A model with more columns, of an image say, has none that parts the rows in a way that means something. */
const MOST_COLUMNS = 500;
/** Clearly worse: by 5 points of accuracy, or by a quarter of the mean absolute error. */
const CLEARLY: Readonly<Record<Answers["task"], Gap>> = {
  classification: { difference: 0.05, factor: 1 },
  regression: { difference: 0, factor: 1.25 },
};

export const checkWeakSegments: CheckFunction = ({ contract, holdout, answers }) => {
  if (holdout === undefined || contract.task === "raw") return undefined;
  if (holdout.value === undefined || answers === undefined)
    return notJudged("weakSegments", "the model did not answer the holdout");
  const { file, value } = holdout;
  const { looked, weakest } = findWeakest(
    partitionsOf(contract, value),
    losses(answers),
    CLEARLY[answers.task],
  );
  return {
    name: "weakSegments",
    found: `${count(looked, "part")} of the holdout, ${weakest.length} clearly weaker`,
    ...dispose(
      contract.validation?.findings?.weakSegments ?? "warn",
      weakest.map((weak) => finding(weak, answers.task, file)),
    ),
  };
};

const known = new WeakMap<Holdout, readonly Partition[]>();

/** Remembered: they need no answers, and so are made while the model runs. */
export function partitionsOf(contract: Contract, holdout: Holdout): readonly Partition[] {
  const partitions = known.get(holdout) ?? features(contract, holdout).slice(0, MOST_COLUMNS).map(partition);
  known.set(holdout, partitions);
  return partitions;
}

/** Per row: 1 for a wrong label; the absolute error of a number. */
function losses(answers: Answers): Float64Array {
  return answers.task === "classification"
    ? new Float64Array(answers.labels).map((label, row) => Number(label !== answers.predictions[row]))
    : answers.targets.map((target, row) => Math.abs(target - answers.predictions[row]!));
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
    fix: "train with more such rows, or with what tells their answers apart; /validation/slices takes a floor for them",
  };
}
