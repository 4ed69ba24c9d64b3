/** Proposes floors that the model is measured to keep. Pure. */

import { figure } from "../common/shown.ts";
import { METRICS, type MetricBounds, type MetricName } from "../contract/index.ts";
import { type Answers, estimate, failed, interval } from "../gate/instruments.ts";
import { count } from "../gate/report/index.ts";
import type { Decision } from "./mistake.ts";

const PROPOSED: Readonly<Record<Answers["task"], readonly MetricName[]>> = {
  classification: ["accuracy", "balancedAccuracy", "rocAuc"],
  regression: ["rmse", "mae", "r2"],
};

/** Each metric's bound is the worse end of its 95 % interval: the same model would keep it on other rows. */
export function proposeFloors(answers: Answers): { metrics: MetricBounds; decisions: Decision[] } {
  const rows = answers.task === "classification" ? answers.labels.length : answers.targets.length;
  const metrics: Partial<Record<MetricName, object>> = {};
  const decisions: Decision[] = [];
  for (const metric of PROPOSED[answers.task]) {
    if (metric === "rocAuc" && answers.task === "classification" && answers.scores === undefined) continue;
    const found = estimate(answers, metric);
    if (failed(found)) {
      decisions.push({ about: metric, choice: "none", why: found.error });
      continue;
    }
    const kind = METRICS[metric];
    const [low, high] = interval(found);
    const bound = kind === "min" ? downwards(low) : upwards(high);
    // A bound of 0 or less demands nothing. The gate's own comparison with a naive answer does.
    if (kind === "min" && bound <= 0) continue;
    metrics[metric] = { [kind]: bound };
    decisions.push({
      about: metric,
      choice: `at ${kind === "min" ? "least" : "most"} ${bound}`,
      why: `it is ${figure(found.value)} on ${count(rows, "row")}, and ${figure(low)} to ${figure(high)} at 95 % confidence`,
    });
  }
  return { metrics: metrics as MetricBounds, decisions };
}

const downwards = (value: number) => Math.floor(value * 1000) / 1000;

/** Rounds up to three digits. */
function upwards(value: number): number {
  if (value === 0) return 0;
  const step = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number((Math.ceil(value / step) * step).toPrecision(12));
}
