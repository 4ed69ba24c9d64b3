import type { ServedContract } from "../../../contract/index.ts";
import type { PredictionObserver } from "../engine/prediction.ts";
import type { Metrics } from "./serviceMetrics.ts";

/** Counts the labels that a model gives, whichever protocol asks for them. */
export function countPredictions(
  { prediction }: Pick<ServedContract, "prediction">,
  metrics: Pick<Metrics, "predictions">,
): PredictionObserver {
  return ({ results }) => {
    const labels = results.get(prediction);
    if (labels) metrics.predictions(labels.data);
  };
}
