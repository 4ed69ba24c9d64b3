/** One demand on one metric, and the finding. Pure. */

import { figure, whole } from "../../common/shown.ts";
import type { MetricName } from "../../contract/index.ts";
import { failed, type Outcome } from "../measure/measurements.ts";
import { isKept, valueText } from "../render/numbers.ts";
import type { Demand, Finding } from "../report/report.ts";
import { type Estimate, interval, rowsToTell } from "./estimate.ts";
import type { Part } from "./parts.ts";

export interface JudgedDemand {
  /** `accuracy 0.9073 on 3,000 rows`. */
  readonly found: string;
  /** `at least 0.85`. */
  readonly wanted: string;
  readonly missed?: Finding;
  /** The demand is kept here, but at 95 % confidence it may be missed on other rows. */
  readonly tooFew?: Finding;
}

/** @param holdout The file's name. */
export function judgeDemand(
  part: Part,
  metric: MetricName,
  demand: Demand,
  estimate: Outcome<Estimate>,
  holdout: string,
): JudgedDemand {
  const name = part.kind === "class" ? `${metric} of ${part.of}` : metric;
  const wanted = `${demand.kind === "min" ? "at least" : "at most"} ${demand.bound}`;
  const where = `${placeOf(part, metric, demand)}; ${holdout}`;
  if (failed(estimate)) {
    const what = `${name} cannot be measured ${part.basis}, and ${wanted} is demanded: ${estimate.error}.`;
    const fix = "bring rows on which it can be measured, or remove the demand where a reviewer sees it";
    return { found: `no ${name}`, wanted, missed: { what, where, fix } };
  }
  const value = valueText({ value: estimate.value, demand });
  const [low, high] = interval(estimate);
  const found = `${name} ${value} ${part.basis}`;
  const measured = `${name} is ${value} ${part.basis} (95 % confidence: ${figure(low)} to ${figure(high)})`;
  if (!isKept(estimate.value, demand)) {
    const looser = demand.kind === "min" ? "lower floor" : "higher ceiling";
    const fix = `train a better model; a ${looser} is a line in the contract that a reviewer sees`;
    return { found, wanted, missed: { what: `${measured}, and ${wanted} is demanded.`, where, fix } };
  }
  if (isKept(demand.kind === "min" ? low : high, demand)) return { found, wanted };
  const what = `${measured}: too few to tell whether it is ${wanted}.`;
  return { found, wanted, tooFew: { what, where, fix: moreRows(estimate, demand) } };
}

function placeOf({ pointer }: Part, metric: MetricName, { kind, from }: Demand): string {
  return from === "stack"
    ? `the stack's setting slipway:floors.${metric}`
    : `model/contract.json, ${pointer}/${metric}/${kind}`;
}

/** The rows are rounded up to two digits: the estimate is no better than that. */
function moreRows(estimate: Estimate, { bound }: Demand): string {
  const rows = rowsToTell(estimate, bound);
  if (rows === Infinity)
    return "train a better model: the value equals the bound, and no number of rows would tell";
  const step = 10 ** Math.max(0, Math.floor(Math.log10(rows)) - 1);
  const rounded = Math.ceil(rows / step) * step;
  return `bring more labelled rows: about ${whole(rounded)} like these would tell`;
}
