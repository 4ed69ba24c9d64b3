/** `/predict` without HTTP: from parsed JSON to the answer's JSON. */
import { answeredOutputs, type ServedContract } from "../../../contract/index.ts";
import type { Predict, PredictOptions } from "../engine/prediction.ts";
import { featureReader } from "../input/inputs.ts";
import { predictionWriter } from "./outputs.ts";

/**
 * @param body Parsed JSON, untrusted.
 * @returns JSON. Rejects with a RequestError if the run or the writing fails.
 * @throws RequestError at once if the body does not fit the model.
 */
export type PredictJson = (body: unknown, options: PredictOptions) => Promise<string>;

/** Computes once what the contract fixes. @returns undefined for a model whose inputs have no columns. */
export function createPredictJson(
  predict: Predict,
  contract: ServedContract,
  release: string,
): PredictJson | undefined {
  const read = featureReader(contract);
  if (!read) return undefined;
  const outputs = answeredOutputs(contract);
  const write = predictionWriter(contract, release);
  return (body, options) => {
    const features = read(body);
    return predict(features.tensors, outputs, options, (results) => write(results, features));
  };
}
