/** Answers to a holdout from plain numbers, and their metrics. */

import { METRICS, type MetricName } from "../../contract/metricNames.ts";
import type { Answers, Classified, Estimated } from "../../gate/evidence/evidence.ts";
import { failed } from "../../gate/measure/measurements.ts";
import type { Estimate } from "../../gate/metrics/estimate.ts";
import { estimate } from "../../gate/metrics/estimates.ts";

/** @param answers `classes` unset: `0` and `1`. */
export function classified({
  classes = ["0", "1"],
  labels,
  predictions,
  scores,
}: {
  readonly classes?: readonly string[];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly scores?: readonly number[];
}): Classified {
  return {
    task: "classification",
    classes,
    labels: Int32Array.from(labels),
    predictions: Int32Array.from(predictions),
    strangers: [],
    ...(scores && { scores: Float64Array.from(scores) }),
  };
}

export const estimated = (targets: readonly number[], predictions: readonly number[]): Estimated => ({
  task: "regression",
  targets: Float64Array.from(targets),
  predictions: Float64Array.from(predictions),
});

/** The metrics that have a value. */
export function estimates(answers: Answers): Partial<Readonly<Record<MetricName, Estimate>>> {
  return Object.fromEntries(
    (Object.keys(METRICS) as MetricName[]).flatMap((metric) => {
      const found = estimate(answers, metric);
      return failed(found) ? [] : [[metric, found]];
    }),
  );
}
