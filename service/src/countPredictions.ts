import type { ServedContract } from "../../model/contract.ts";
import type { Metrics } from "./metrics.ts";
import type { Predictor } from "./predictor.ts";

/** Counts the labels that a model gives, whichever protocol asks for them. */
export function countPredictions(
  predictor: Predictor,
  { prediction }: Pick<ServedContract, "prediction">,
  metrics: Pick<Metrics, "predictions">,
): Predictor {
  return {
    async run(inputs, outputs, options) {
      const results = await predictor.run(inputs, outputs, options);
      // There may be more than was asked for.
      if (outputs.includes(prediction)) metrics.predictions(results.get(prediction)?.data ?? []);
      return results;
    },
    close: () => predictor.close(),
  };
}
