import type { ServedContract } from "../../../contract/index.ts";
import type { EngineOptions } from "../engine/engine.ts";
import type { Metrics } from "./metrics.ts";

/** Counts the labels that a model gives, whichever protocol asks for them. */
export function countPredictions(
  { prediction }: Pick<ServedContract, "prediction">,
  metrics: Pick<Metrics, "predictions">,
): NonNullable<EngineOptions["answered"]> {
  return (results, outputs) => {
    if (outputs.includes(prediction)) metrics.predictions(results.get(prediction)?.data ?? []);
  };
}
