/** All that was measured, for the report. Pure. */
import type { MetricName } from "../../../model/metrics.ts";
import type { Evidence } from "../evidence.ts";
import { failed } from "../measurements.ts";
import type { Metric } from "../report.ts";
import { type Estimate, interval, pairedDifference } from "./estimate.ts";
import { type Part, partsOf } from "./parts.ts";

/** Every metric of every part that has one, and the champion's beside it. */
export function metricsOf(evidence: Evidence): readonly Metric[] {
  const { holdout, answers } = evidence;
  if (holdout?.value === undefined || answers === undefined) return [];
  return partsOf(evidence, holdout.value, answers).flatMap((part) =>
    part.rows === 0 && part.kind === "slice"
      ? []
      : part.metrics.flatMap((metric) => {
          const estimate = part.measure(answers, metric);
          if (failed(estimate)) return [];
          const demand = part.demands[metric];
          const champion = championOf(evidence, part, metric, estimate);
          return [
            {
              metric,
              of: part.of,
              value: estimate.value,
              interval: interval(estimate),
              rows: part.rows,
              ...(demand && { demand }),
              ...(champion && { champion }),
            },
          ];
        }),
  );
}

/** What the record holds is of all rows. */
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
  if (champion.how === "not compared" || part.kind !== "all") return undefined;
  const value = champion.metrics[metric];
  return value === undefined ? undefined : { value, difference: model.value - value };
}
