/** The metrics keep their floors and ceilings: on all rows, for single classes, on the contract's slices. Pure. */
import type { MetricName } from "../../../model/metrics.ts";
import type { Answers, CheckFunction, Evidence } from "../evidence.ts";
import { type JudgedDemand, judgeDemand } from "../metrics/judgeDemand.ts";
import { type Part, partsOf } from "../metrics/parts.ts";
import { notJudged } from "../notJudged.ts";
import { atMost, type Check, count, type Demand, dispose, type Finding } from "../report.ts";

/** Of each kind of finding, so many are shown. */
const SHOWN = 5;
/** A slice with fewer rows says little of the model, whatever its metrics: a common rule of thumb. */
const FEWEST_IN_SLICE = 30;

export const checkMetrics: CheckFunction = (evidence) => {
  const { contract, demands, holdout, answers } = evidence;
  const { classes, slices, findings } = contract.validation ?? {};
  if (Object.keys(demands).length === 0 && classes === undefined && slices === undefined) return undefined;
  if (contract.task === "raw") return nothingToMeasure(demands);
  if (holdout?.value === undefined || answers === undefined)
    return notJudged("metrics", "the model did not answer the holdout");

  const { file, value } = holdout;
  const parts = partsOf(evidence, value, answers);
  const judged = parts.filter((part) => !isEmpty(part)).flatMap((part) => judgePart(part, answers, file));
  const missed = (["all", "class", "slice"] as const).map((kind) =>
    judged.filter(({ part }) => part.kind === kind).flatMap(({ missed }) => missed ?? []),
  );
  const small = [
    ...parts.filter(isSmall).map((part) => smallSlice(part, file)),
    ...judged.filter(({ part }) => !isSmall(part)).flatMap(({ tooFew }) => tooFew ?? []),
  ];
  const { objections, warnings } = dispose(findings?.smallHoldout ?? "warn", atMost(SHOWN, small));
  const empty = parts.filter(isEmpty).map((part) => emptySlice(part, file));
  return {
    name: "metrics",
    found: summary(judged),
    objections: [...[...missed, empty].flatMap((all) => atMost(SHOWN, all)), ...objections],
    warnings,
  };
};

function judgePart(
  part: Part,
  answers: Answers,
  file: string,
): readonly (JudgedDemand & { readonly part: Part })[] {
  const demands = Object.entries(part.demands) as [MetricName, Demand][];
  return demands.map(([metric, demand]) => ({
    part,
    ...judgeDemand(part, metric, demand, part.measure(answers, metric), file),
  }));
}

const isEmpty = ({ kind, rows }: Part) => kind === "slice" && rows === 0;
const isSmall = ({ kind, rows }: Part) => kind === "slice" && rows > 0 && rows < FEWEST_IN_SLICE;

const emptySlice = ({ of, pointer }: Part, file: string): Finding => ({
  what: `The slice ${of} holds no row, so that nothing can be said of its demands.`,
  where: `model/contract.json, ${pointer}; ${file}`,
  fix: "add such rows to the holdout, or remove the slice where a reviewer sees it",
});

const smallSlice = ({ of, pointer, rows }: Part, file: string): Finding => ({
  what: `The slice ${of} holds ${count(rows, "row")}, too few to judge a model by: ${FEWEST_IN_SLICE} are wanted.`,
  where: `model/contract.json, ${pointer}; ${file}`,
  fix: "add such rows to the holdout",
});

function summary(judged: readonly JudgedDemand[]): string {
  const [first] = judged;
  if (first === undefined) return "nothing that could be judged";
  if (judged.length === 1) return `${first.found}, ${first.wanted}`;
  const kept = judged.filter(({ missed }) => missed === undefined).length;
  return `${first.found}; ${kept} of ${judged.length} demands kept`;
}

/** A contract with this task demands no metric; a stack can. */
function nothingToMeasure(demands: Evidence["demands"]): Check {
  return {
    name: "metrics",
    found: "none: the task is raw",
    objections: Object.keys(demands).map((metric) => ({
      what: `The stack demands ${metric}, and the task is raw: only a classification or a regression is measured.`,
      where: `the stack's setting slipway:floors.${metric}`,
      fix: `pulumi config rm --path floors.${metric}, or set the task in model/contract.json`,
    })),
    warnings: [],
  };
}
