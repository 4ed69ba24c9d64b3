/** The model loads in ONNX Runtime, in time. Pure. */
import type { Evidence } from "../evidence.ts";
import { failed } from "../measurements.ts";
import { explainLoadError } from "../onnx/loadError.ts";
import type { Check } from "../report.ts";

export function checkLoads({ contract, model, measured }: Evidence): Check {
  const check = { name: "loads", found: "", objections: [], warnings: [] };
  if (measured === undefined) return { ...check, notJudged: "it is no model that could be loaded" };
  const { load } = measured;
  const where = "model/model.onnx";
  if (failed(load))
    return { ...check, objections: [{ ...explainLoadError(load.error, model.facts), where }] };
  const found = `in ${load.seconds.toFixed(2)} s`;
  const budget = contract.validation?.budgets?.loadSeconds;
  if (budget === undefined) return { ...check, found };
  if (load.seconds <= budget) return { ...check, found: `${found}, at most ${budget} s` };
  return {
    ...check,
    found,
    objections: [
      {
        what: `The model took ${load.seconds.toFixed(2)} s to load, and at most ${budget} s are allowed.`,
        where: "model/contract.json, /validation/budgets/loadSeconds",
        fix: "make the model smaller, or raise the budget where a reviewer sees it",
      },
    ],
  };
}
