/** All of `/predict` but HTTP. */
import { answeredOutputs, type ServedContract } from "../../../contract/index.ts";
import type { Predict, PredictOptions } from "../engine/prediction.ts";
import { featureReader } from "../input/inputs.ts";
import { predictionWriter } from "./outputs.ts";

/**
 * @param body Parsed JSON, untrusted.
 * @returns JSON. Rejects with a RequestError, as running and writing do.
 * @throws RequestError at once, as reading does.
 */
export type Answerer = (body: unknown, options: PredictOptions) => Promise<string>;

/** For a contract: what it fixes is computed here, once. Undefined for a model whose inputs have no columns. */
export function answererFor(
  predict: Predict,
  contract: ServedContract,
  release: string,
): Answerer | undefined {
  const read = featureReader(contract);
  if (!read) return undefined;
  const outputs = answeredOutputs(contract);
  const write = predictionWriter(contract, release);
  return (body, options) => {
    const features = read(body);
    return predict(features.tensors, outputs, options, (results) => write(results, features));
  };
}
