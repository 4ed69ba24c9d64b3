/** The model is not worse than that of the release that serves now, by more than is allowed. Pure. */
import { METRICS, type MetricName } from "../../../model/metrics.ts";
import type { Answers, CheckFunction, Evidence } from "../evidence.ts";
import { failed, type Outcome } from "../measurements.ts";
import { type Estimate, interval, pairedDifference } from "../metrics/estimate.ts";
import { estimate, mainMetric } from "../metrics/estimates.ts";
import { figure } from "../metrics/figure.ts";
import { notJudged } from "../notJudged.ts";
import { differenceText, valueText } from "../render/numbers.ts";
import { count, type Finding } from "../report.ts";

/**
 * With `maxDrop` in the contract, each metric in it may be worse by that much. Without, no demanded metric may be
 * *clearly* worse: where both were judged, the 95 % interval of the paired difference lies on the bad side of 0; where
 * the champion's value comes out of the record, it lies on the good side of the model's own 95 % interval. That interval
 * is the wider one, so that a small drop stays unseen, and no chance is taken for one.
 */
export const checkChampion: CheckFunction = (evidence) => {
  const { champion, holdout, answers, contract, demands } = evidence;
  const check = { name: "champion", objections: [], warnings: [] };
  if (champion.how === "not compared") return notJudged("champion", champion.why);
  if (holdout === undefined || answers === undefined)
    return notJudged("champion", "the model did not answer the holdout");

  const maxDrop = contract.validation?.champion?.maxDrop;
  const asked = Object.keys(maxDrop ?? demands) as MetricName[];
  const metrics = asked.length > 0 ? asked : [mainMetric(answers)];
  const judged = metrics.map((metric) => ({
    metric,
    ...judge(metric, answers, champion, maxDrop?.[metric]),
  }));
  const finding = (metric: MetricName, what: string, fix: string): Finding => {
    const pointer = `/validation/champion${maxDrop ? `/maxDrop/${metric}` : ""}`;
    return { what, where: `model/contract.json, ${pointer}; ${holdout.file}`, fix };
  };
  return {
    ...check,
    found:
      judged.find(({ found }) => found !== undefined)?.found ?? `nothing to compare with ${champion.name}`,
    objections: judged.flatMap(({ metric, objection }) =>
      objection === undefined ? [] : [finding(metric, objection, maxDrop ? FIX : FIX_UNSET)],
    ),
    warnings: judged.flatMap(({ metric, warning }) =>
      warning === undefined ? [] : [finding(metric, warning, "compare by a metric that both models have")],
    ),
  };
};

const FIX = "train a better model; a larger drop is a line in the contract that a reviewer sees";
const FIX_UNSET = "train a better model, or allow the drop where a reviewer sees it, as maxDrop";

type Rival = Exclude<Evidence["champion"], { readonly how: "not compared" }>;

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
    // Without an allowed drop the metric is one with a floor, which is missed then.
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
  /** The model's less the champion's. */
  readonly difference: number;
  /** Of the difference, where both were judged. */
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

/** Differences of decimal fractions come out some 1e-16 beside theirs. */
const ROUNDING = 1e-12;

/** @param allowed Largest accepted drop; undefined: what is not clearly one. */
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
  const judged = low !== undefined && high !== undefined;
  const [least, most] = judged ? (higherIsBetter ? [-high, -low] : [low, high]) : [drop, drop];
  const source = rival.how === "judged" ? `with ${rival.name}` : `in the record of ${rival.name}`;
  const values = `${metric} is ${figure(model.value)}, and ${figure(champion)} ${source}, on the same ${rows}`;
  const range = judged ? ` (95 % confidence: ${figure(least)} to ${figure(most)})` : "";
  if (allowed !== undefined) {
    if (drop <= allowed + ROUNDING * Math.max(1, Math.abs(champion))) return undefined;
    const worse = valueText({ value: drop, demand: { kind: "max", bound: allowed, from: "contract" } });
    return `${values}: worse by ${worse}${range}, and at most ${allowed} is allowed.`;
  }
  if (judged) return least > 0 ? `${values}: clearly worse, by ${figure(drop)}${range}.` : undefined;
  const [lowest, highest] = interval(model);
  if (higherIsBetter ? champion <= highest : champion >= lowest) return undefined;
  return `${values}: clearly worse, by ${figure(drop)} (95 % confidence of the first: ${figure(lowest)} to ${figure(highest)}).`;
}
