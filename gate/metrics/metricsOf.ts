/** All metrics for the report. Pure. */

import type { Steps } from "../../common/steps.ts";
import type { MetricName } from "../../contract/index.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { failed, ran } from "../measure/measurements.ts";
import type { Metric } from "../report/report.ts";
import { type Estimate, interval, pairedDifference } from "./estimate.ts";
import { type Part, partsOf } from "./parts.ts";

/** Every metric of every part, if it has a value, with the champion's beside it. */
export function* metricsOf(evidence: Evidence): Steps<readonly Metric[]> {
  const { holdout, answers } = evidence;
  if (holdout?.value === undefined || !ran(answers)) return [];
  const metrics: Metric[] = [];
  for (const part of partsOf(evidence, holdout.value, answers)) {
    if (part.rows === 0 && part.kind === "slice") continue;
    for (const metric of part.metrics) {
      yield;
      const estimate = part.measure(answers, metric);
      if (failed(estimate)) continue;
      const demand = part.demands[metric];
      const champion = championOf(evidence, part, metric, estimate);
      metrics.push({
        metric,
        of: part.of,
        value: estimate.value,
        interval: interval(estimate),
        rows: part.rows,
        ...(demand && { demand }),
        ...(champion && { champion }),
      });
    }
  }
  return metrics;
}

/** The record has metrics of all rows only. */
function championOf(
  { champion }: Evidence,
  part: Part,
  metric: MetricName,
  model: Estimate,
): Metric["champion"] {
  if (champion.how === "judged") {
    const estimate = part.measure(champion.answers, metric);
    return failed(estimate) ? undefined : { value: estimate.value, ...pairedDifference(model, estimate) };
  }
  if (champion.how !== "recorded" || part.kind !== "all") return undefined;
  const value = champion.metrics[metric];
  return value === undefined ? undefined : { value, difference: model.value - value };
}
