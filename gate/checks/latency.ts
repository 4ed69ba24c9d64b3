/** A run with one row takes no longer than its budget. Pure. */
import { failed, notRun } from "../measure/measurements.ts";
import { count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";

export const OVER_BUDGET = "make the model smaller, or raise the budget where a reviewer sees it";

/**
 * Judged by processor time, which is the same whatever else the machine does. Time by the clock is not, and only warns.
 * Neither includes the service's own overhead.
 */
export const checkLatency: CheckDefinition = {
  name: "latency",
  judge({ contract, measured: { latency, golden, tables } }) {
    if ([...golden, ...Object.values(tables)].some((outcome) => failed(outcome)))
      return unjudged("the model fails on rows or requests that it would be timed with");
    const budgets = contract.validation?.budgets ?? {};
    if (notRun(latency)) return notHad(latency);
    if (failed(latency)) {
      const what = `The model fails when it is run again and again: ${latency.error}.`;
      return judged("", {
        objections: [{ what, where: "model/model.onnx", fix: latency.fix ?? "export the model again" }],
      });
    }
    const objections: Finding[] = [];
    const warnings: Finding[] = [];
    for (const quantile of ["p50", "p99"] as const) {
      const budget = budgets[`${quantile}Milliseconds`];
      const where = `model/contract.json, /validation/budgets/${quantile}Milliseconds`;
      if (budget === undefined) continue;
      const own = latency[quantile];
      const byClock = latency.clock[quantile];
      if (own > budget)
        objections.push({
          what: `The ${quantile} of a run with one row is ${milliseconds(own)} of processor time, and at most ${budget} ms are allowed.`,
          where,
          fix: OVER_BUDGET,
        });
      else if (byClock > budget)
        warnings.push(
          clockWarning(
            `the ${quantile} of a run with one row is`,
            milliseconds(byClock),
            `${budget} ms`,
            where,
          ),
        );
    }
    return judged(
      `p50 ${milliseconds(latency.p50)}, p99 ${milliseconds(latency.p99)}, ${count(latency.rows, "row")} one by one`,
      { objections, warnings },
    );
  },
};

/** @param what `the p99 of a run with one row is` */
export const clockWarning = (what: string, byClock: string, budget: string, where: string): Finding => ({
  what: `By the clock, ${what} ${byClock}, over the ${budget} that are allowed; by processor time, which counts, it is not.`,
  where,
  fix: "check whether the machine was busy with something else; if the service's machines are as slow, raise the budget or their number",
});

const milliseconds = (value: number) => `${value.toPrecision(3)} ms`;
