import { decidedClasses, type ServedContract, type Tensors } from "../../../contract/index.ts";
import type { PredictionObserver } from "../engine/prediction.ts";
import type { Metrics } from "./serviceMetrics.ts";

type Answering = Pick<
  ServedContract,
  "prediction" | "scores" | "scoresAre" | "decision" | "threshold" | "classes"
>;

/** Counts the labels that a model gives, whichever protocol asks for them. */
export function countPredictions(
  contract: Answering,
  metrics: Pick<Metrics, "predictions">,
): PredictionObserver {
  const labelsOf = labelReader(contract);
  return ({ results }) => {
    const labels = labelsOf(results);
    if (labels) metrics.predictions(labels);
  };
}

/** The labels that the model gives, or that are made from its scores. */
function labelReader(
  contract: Answering,
): (results: Tensors) => Iterable<number | string | bigint> | undefined {
  const { prediction, scores, classes } = contract;
  if (prediction !== undefined) return (results) => results.get(prediction)?.data;
  return (results) => {
    const given = results.get(scores!);
    if (!given) return undefined;
    return Array.from(
      decidedClasses(contract, given.data as Float32Array, given.shape[0]!),
      (index) => classes![index]!,
    );
  };
}
