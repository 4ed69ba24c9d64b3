/** A run with one row takes no longer than its budget. Pure. */
import type { Evidence } from "../evidence.ts";
import { failed } from "../measurements.ts";
import { type Check, count, type Finding } from "../report.ts";

/** Measured on this machine, in the best of three rounds; the service's own overhead is not in it. */
export function checkLatency({ contract, measured }: Evidence): Check | undefined {
  const check = { name: "latency", found: "", objections: [], warnings: [] };
  const { p50Milliseconds, p99Milliseconds } = contract.validation?.budgets ?? {};
  const latency = measured?.latency;
  if (latency === undefined) {
    const asked = p50Milliseconds !== undefined || p99Milliseconds !== undefined;
    return asked ? { ...check, notJudged: "the model was not run" } : undefined;
  }
  if (failed(latency)) {
    const what = `The model fails when it is run again and again: ${latency.error}`;
    return { ...check, objections: [{ what, where: "model/model.onnx", fix: "export the model again" }] };
  }
  const over = (name: "p50" | "p99", budget: number | undefined): Finding[] =>
    budget === undefined || latency[name] <= budget
      ? []
      : [
          {
            what: `The ${name} of a run with one row is ${milliseconds(latency[name])}, and at most ${budget} ms are allowed.`,
            where: `model/contract.json, /validation/budgets/${name}Milliseconds`,
            fix: "make the model smaller, or raise the budget where a reviewer sees it",
          },
        ];
  return {
    ...check,
    found: `p50 ${milliseconds(latency.p50)}, p99 ${milliseconds(latency.p99)}, ${count(latency.runs, "run")} with one row`,
    objections: [...over("p50", p50Milliseconds), ...over("p99", p99Milliseconds)],
  };
}

const milliseconds = (value: number) => `${value.toPrecision(3)} ms`;
