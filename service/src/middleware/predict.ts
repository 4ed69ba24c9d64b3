import type { Middleware } from "koa";
import type { ServedContract } from "../../../model/contract.ts";
import { RequestError } from "../errors.ts";
import { featureReader } from "../inputs.ts";
import { readJson } from "../jsonBody.ts";
import { answeredOutputs, toPrediction } from "../outputs.ts";
import type { Predictor } from "../predictor.ts";

/** `POST /predict`: features in, prediction out. */
export function predict(predictor: Predictor, contract: ServedContract, release: string): Middleware {
  const readFeatures = featureReader(contract);
  const outputs = answeredOutputs(contract);
  const model = { name: contract.name, version: contract.version };

  return async function answerPrediction(ctx) {
    if (!readFeatures)
      throw new RequestError(
        "not-found",
        "There is no /predict for this model: its contract names no columns for some input.",
      );
    const { rows, tensors } = readFeatures(await readJson(ctx));
    ctx.body = { ...toPrediction(await predictor.run(tensors, outputs), rows, contract), model, release };
  };
}
