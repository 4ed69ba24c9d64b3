/** All of `/predict` but HTTP. */
import type { ServedContract } from "../../model/contract.ts";
import { featureReader } from "./inputs.ts";
import { answeredOutputs, predictionWriter } from "./outputs.ts";
import type { Predictor, RunOptions } from "./predictor.ts";

/**
 * @param body Parsed JSON, untrusted.
 * @returns JSON.
 * @throws RequestError, as reading, running and writing do.
 */
export type Answerer = (body: unknown, options: RunOptions) => Promise<string>;

/** For a contract: what it fixes is computed here, once. Undefined for a model whose inputs have no columns. */
export function answererFor(
  predictor: Pick<Predictor, "run">,
  contract: ServedContract,
  release: string,
): Answerer | undefined {
  const read = featureReader(contract);
  if (!read) return undefined;
  const outputs = answeredOutputs(contract);
  const write = predictionWriter(contract, release);
  return async (body, options) => {
    const features = read(body);
    return write(await predictor.run(features.tensors, outputs, options), features);
  };
}
