/** The model is not worse than the champion by more than is allowed. Pure. */

import { figure } from "../../common/shown.ts";
import { METRICS, type MetricName } from "../../contract/index.ts";
import type { Answers, Evidence } from "../evidence/evidence.ts";
import { failed, type Outcome, ran } from "../measure/measurements.ts";
import { type Estimate, interval, pairedDifference } from "../metrics/estimate.ts";
import { estimate, mainMetric } from "../metrics/estimates.ts";
import { differenceText, valueText } from "../render/numbers.ts";
import { count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, noAnswers, notHad, unjudged } from "./check.ts";

/**
 * With `maxDrop` in the contract, each metric in it may be worse by that much. Without it, no demanded metric may be
 * *clearly* worse. If both were judged, the 95 % interval of the paired difference then lies on the bad side of 0. If the
 * champion's value is from the record, it lies on the good side of the model's own 95 % interval. That interval is the
 * wider one: it misses a small drop, but takes no chance for a drop.
 */
export const checkChampion: CheckDefinition = {
  name: "champion",
  notAsked({ champion, contract }) {
    if ("none" in champion) return champion.none;
    if (contract.validation?.holdout === undefined) return "there are no rows to compare on";
    return contract.task === "raw" ? "the right answers of a raw model are not known" : undefined;
  },
  judge: judgeChampion,
};

function judgeChampion(evidence: Evidence): ReturnType<CheckDefinition["judge"]> {
  const { champion, holdout, answers, contract, demands } = evidence;
  if (!ran(answers)) return noAnswers(answers);
  if (holdout === undefined) return unjudged("the holdout cannot be used");
  if (champion.how === "not had") return notHad(champion);
  if (champion.how === "not compared")
    return judged("nothing to compare with", { warnings: [notCompared(champion.why)] });

  const maxDrop = contract.validation?.champion?.maxDrop;
  const asked = Object.keys(maxDrop ?? demands) as MetricName[];
  const metrics = asked.length > 0 ? asked : [mainMetric(answers)];
  const compared = metrics.map((metric) => ({
    metric,
    ...judge(metric, answers, champion, maxDrop?.[metric]),
  }));
  const finding = (metric: MetricName, what: string, fix: string): Finding => {
    const pointer = `/validation/champion${maxDrop ? `/maxDrop/${metric}` : ""}`;
    return { what, where: `model/contract.json, ${pointer}; ${holdout.file}`, fix };
  };
  const found = compared.find(({ found }) => found !== undefined)?.found;
  return judged(found ?? `nothing to compare with ${champion.name}`, {
    objections: compared.flatMap(({ metric, objection }) =>
      objection === undefined ? [] : [finding(metric, objection, maxDrop ? FIX : FIX_UNSET)],
    ),
    warnings: compared.flatMap(({ metric, warning }) =>
      warning === undefined ? [] : [finding(metric, warning, "compare by a metric that both models have")],
    ),
  });
}

const notCompared = (why: string): Finding => ({
  what: `The model was not compared with the one that serves: ${why.replace(/\.$/, "")}.`,
  where: "model/contract.json and model/holdout.csv",
  fix: "compare them by hand, on rows that both take: npm run validate -- --champion FOLDER-OR-IMAGE",
});

const FIX = "train a better model; a larger drop is a line in the contract that a reviewer sees";
const FIX_UNSET = "train a better model, or allow the drop where a reviewer sees it, as maxDrop";

type Rival = Exclude<Evidence["champion"], { readonly how: "not compared" | "not had" }>;

interface Judged {
  /** `accuracy 0.9073, +0.0021 against release 0123456789abcdef`. */
  readonly found?: string;
  readonly objection?: string;
  readonly warning?: string;
}

function judge(metric: MetricName, answers: Answers, rival: Rival, allowed: number | undefined): Judged {
  const model = estimate(answers, metric);
  const rows = count(answers.predictions.length, "row");
  if (failed(model)) {
    // Without an allowed drop the metric has a floor, which is missed in this case.
    if (allowed === undefined) return {};
    return {
      objection: `${metric} cannot be measured on ${rows}, and may drop by ${allowed}: ${model.error}.`,
    };
  }
  const compared = compare(metric, model, rival);
  if (failed(compared))
    return { warning: `${metric} was not compared with that of ${rival.name}: ${compared.error}.` };
  const what = objection(metric, compared, allowed, rival, rows);
  return {
    found: `${metric} ${figure(model.value)}, ${differenceText(compared.difference)} against ${rival.name}`,
    ...(what !== undefined && { objection: what }),
  };
}

interface Comparison {
  readonly model: Estimate;
  readonly champion: number;
  /** The model's value minus the champion's. */
  readonly difference: number;
  /** Around the difference, if both were judged. */
  readonly interval?: readonly [low: number, high: number];
}

function compare(metric: MetricName, model: Estimate, rival: Rival): Outcome<Comparison> {
  if (rival.how === "recorded") {
    const champion = rival.metrics[metric];
    if (champion === undefined) return { error: "it is not in the record" };
    return { model, champion, difference: model.value - champion };
  }
  const champion = estimate(rival.answers, metric);
  if (failed(champion)) return champion;
  return { model, champion: champion.value, ...pairedDifference(model, champion) };
}

/** Differences of decimal fractions are off by some 1e-16. */
const ROUNDING = 1e-12;

/** @param allowed Largest accepted drop. Undefined: any that is not clearly a drop. */
function objection(
  metric: MetricName,
  { model, champion, difference, ...comparison }: Comparison,
  allowed: number | undefined,
  rival: Rival,
  rows: string,
): string | undefined {
  const higherIsBetter = METRICS[metric] === "min";
  const drop = higherIsBetter ? -difference : difference;
  const [low, high] = comparison.interval ?? [];
  const isPaired = low !== undefined && high !== undefined;
  const [least, most] = isPaired ? (higherIsBetter ? [-high, -low] : [low, high]) : [drop, drop];
  const source = rival.how === "judged" ? `with ${rival.name}` : `in the record of ${rival.name}`;
  const values = `${metric} is ${figure(model.value)}, and ${figure(champion)} ${source}, on the same ${rows}`;
  const range = isPaired ? ` (95 % confidence: ${figure(least)} to ${figure(most)})` : "";
  if (allowed !== undefined) {
    if (drop <= allowed + ROUNDING * Math.max(1, Math.abs(champion))) return undefined;
    const worse = valueText({ value: drop, demand: { kind: "max", bound: allowed, from: "contract" } });
    return `${values}: worse by ${worse}${range}, and at most ${allowed} is allowed.`;
  }
  if (isPaired) return least > 0 ? `${values}: clearly worse, by ${figure(drop)}${range}.` : undefined;
  const [lowest, highest] = interval(model);
  if (higherIsBetter ? champion <= highest : champion >= lowest) return undefined;
  return `${values}: clearly worse, by ${figure(drop)} (95 % confidence of this model: ${figure(lowest)} to ${figure(highest)}).`;
}
