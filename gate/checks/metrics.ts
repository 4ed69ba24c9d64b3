/** The metrics keep their floors and ceilings: on all rows, for single classes, on the contract's slices. Pure. */

import type { Steps } from "../../common/steps.ts";
import type { MetricName } from "../../contract/index.ts";
import type { Answers, Evidence } from "../evidence/evidence.ts";
import { ran } from "../measure/measurements.ts";
import { type JudgedDemand, judgeDemand } from "../metrics/judgeDemand.ts";
import { type Part, partsOf } from "../metrics/parts.ts";
import { atMost, count, type Demand, dispose, type Finding, type Judged } from "../report/report.ts";
import { type CheckDefinition, inSteps, judged, noAnswers, type Outcome, unjudged } from "./check.ts";

/** Findings of each kind that are shown. */
const SHOWN = 5;
/** A slice with fewer rows says little about the model, whatever its metrics: a common rule of thumb. */
const FEWEST_IN_SLICE = 30;

export const checkMetrics: CheckDefinition = {
  name: "metrics",
  notAsked({ contract: { validation }, demands }) {
    const { classes, slices } = validation ?? {};
    return Object.keys(demands).length === 0 && classes === undefined && slices === undefined
      ? "neither contract nor stack demands any"
      : undefined;
  },
  ...inSteps(judgeMetrics),
};

function* judgeMetrics(evidence: Evidence): Steps<Outcome> {
  const { contract, demands, holdout, answers } = evidence;
  const { findings } = contract.validation ?? {};
  if (contract.task === "raw") return nothingToMeasure(demands);
  if (!ran(answers)) return noAnswers(answers);
  if (holdout?.value === undefined) return unjudged("the holdout cannot be used");

  const { file, value } = holdout;
  const parts = partsOf(evidence, value, answers);
  const all: JudgedPart[] = [];
  for (const part of parts.filter((part) => !isEmpty(part)))
    all.push(...(yield* judgePart(part, answers, file)));
  const missed = (["all", "class", "slice"] as const).map((kind) =>
    all.filter(({ part }) => part.kind === kind).flatMap(({ missed }) => missed ?? []),
  );
  const small = [
    ...parts.filter(isSmall).map((part) => smallSlice(part, file)),
    ...all.filter(({ part }) => !isSmall(part)).flatMap(({ tooFew }) => tooFew ?? []),
  ];
  const { objections, warnings } = dispose(findings?.smallHoldout ?? "warn", atMost(SHOWN, small));
  const empty = parts.filter(isEmpty).map((part) => emptySlice(part, file));
  return judged(summary(all), {
    objections: [...[...missed, empty].flatMap((found) => atMost(SHOWN, found)), ...objections],
    warnings,
  });
}

type JudgedPart = JudgedDemand & { readonly part: Part };

function* judgePart(part: Part, answers: Answers, file: string): Steps<readonly JudgedPart[]> {
  const judged: JudgedPart[] = [];
  for (const [metric, demand] of Object.entries(part.demands) as [MetricName, Demand][]) {
    judged.push({ part, ...judgeDemand(part, metric, demand, part.measure(answers, metric), file) });
    yield;
  }
  return judged;
}

const isEmpty = ({ kind, rows }: Part) => kind === "slice" && rows === 0;
const isSmall = ({ kind, rows }: Part) => kind === "slice" && rows > 0 && rows < FEWEST_IN_SLICE;

const emptySlice = ({ of, pointer }: Part, file: string): Finding => ({
  what: `The slice ${of} holds no row, so its demands cannot be judged.`,
  where: `model/contract.json, ${pointer}; ${file}`,
  fix: "add such rows to the holdout, or remove the slice where a reviewer sees it",
});

const smallSlice = ({ of, pointer, rows }: Part, file: string): Finding => ({
  what: `The slice ${of} holds ${count(rows, "row")}, too few to judge a model by: ${FEWEST_IN_SLICE} are needed.`,
  where: `model/contract.json, ${pointer}; ${file}`,
  fix: "add such rows to the holdout",
});

function summary(demands: readonly JudgedDemand[]): string {
  const [first] = demands;
  if (first === undefined) return "nothing that could be judged";
  if (demands.length === 1) return `${first.found}, ${first.wanted}`;
  const kept = demands.filter(({ missed }) => missed === undefined).length;
  return `${first.found}; ${kept} of ${demands.length} demands kept`;
}

/** A contract with this task cannot demand a metric, but a stack can. */
function nothingToMeasure(demands: Evidence["demands"]): Omit<Judged, "name"> {
  return judged("none: the task is raw", {
    objections: Object.keys(demands).map((metric) => ({
      what: `The stack demands ${metric}, and the task is raw: only a classification or a regression is measured.`,
      where: `the stack's setting slipway:floors.${metric}`,
      fix: `pulumi config rm --path floors.${metric}, or set the task in model/contract.json`,
    })),
  });
}
