/** The parts of the holdout on which the model is measured: all rows, single classes, the contract's slices. Pure. */

import { whole } from "../../common/shown.ts";
import { METRICS, type MetricName } from "../../contract/index.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { sliceRows, sliceText } from "../data/slices.ts";
import { contractDemands } from "../evidence/demands.ts";
import type { Answers, Evidence } from "../evidence/evidence.ts";
import type { Outcome } from "../measure/measurements.ts";
import { ALL_ROWS, count, type Demand } from "../report/report.ts";
import { classRatio, RATIO_NAMES, type RatioName } from "./classification.ts";
import type { Estimate } from "./estimate.ts";
import { estimate, mainMetric } from "./estimates.ts";
import { takeRows } from "./takeRows.ts";

export interface Part {
  /** `all rows`, `class 1`, `age < 25`. */
  readonly of: string;
  readonly kind: "all" | "class" | "slice";
  /** For a class, the rows with that label. */
  readonly rows: number;
  /** For a sentence: `on 3,000 rows`, `on the 120 rows with age < 25`. */
  readonly basis: string;
  readonly demands: Partial<Readonly<Record<MetricName, Demand>>>;
  /** To the demands in the contract: `/validation/metrics`. */
  readonly pointer: string;
  /** The metrics that the report shows for this part. */
  readonly metrics: readonly MetricName[];
  /** @param answers From the model or the champion, on all rows. @returns The value on this part, or why there is none. */
  measure(answers: Answers, metric: MetricName): Outcome<Estimate>;
}

/** Classes after these are in the report only if the contract has a demand for them. */
const MOST_CLASSES = 20;

/** All rows first, then the classes, then the slices. Some slices may have no row. */
export function partsOf({ contract, demands }: Evidence, holdout: Holdout, answers: Answers): Part[] {
  const metrics = Object.keys(METRICS) as MetricName[];
  const all: Part = {
    of: ALL_ROWS,
    kind: "all",
    rows: holdout.rows,
    basis: `on ${count(holdout.rows, "row")}`,
    demands,
    pointer: "/validation/metrics",
    metrics,
    measure: estimate,
  };
  return [all, ...classParts(contract, answers), ...sliceParts(contract, holdout, answers)];
}

function classParts({ validation }: Evidence["contract"], answers: Answers): Part[] {
  if (answers.task !== "classification") return [];
  const { classes, labels } = answers;
  const demanded = (validation?.classes ?? []).map((entry) => ({ ...entry, class: String(entry.class) }));
  const names = new Set([...classes.slice(0, MOST_CLASSES), ...demanded.map((entry) => entry.class)]);
  const sizes = new Int32Array(classes.length);
  for (const label of labels) sizes[label]!++;
  return [...names].map((name) => {
    const klass = classes.indexOf(name);
    const rows = sizes[klass] ?? 0;
    const entry = demanded.findIndex((each) => each.class === name);
    return {
      of: `class ${name}`,
      kind: "class",
      rows,
      basis: `on ${count(labels.length, "row")}, ${whole(rows)} of that class`,
      demands: contractDemands(demanded[entry]?.metrics ?? {}),
      pointer: `/validation/classes/${entry}/metrics`,
      metrics: RATIO_NAMES,
      measure: (answers, metric) =>
        answers.task === "classification" && klass !== -1
          ? classRatio(answers, metric as RatioName, klass)
          : { error: `no row has class ${name}` },
    };
  });
}

function sliceParts({ validation }: Evidence["contract"], holdout: Holdout, answers: Answers): Part[] {
  return (validation?.slices ?? []).map((slice, i) => {
    const of = sliceText(slice);
    const indices = sliceRows(slice, holdout);
    const demands = contractDemands(slice.metrics);
    const rows = indices.length;
    return {
      of,
      kind: "slice",
      rows,
      basis: `on the ${count(rows, "row")} with ${of}`,
      demands,
      pointer: `/validation/slices/${i}/metrics`,
      metrics: [...new Set([mainMetric(answers), ...(Object.keys(demands) as MetricName[])])],
      measure: (answers, metric) => estimate(takeRows(answers, indices), metric),
    };
  });
}
