import type { RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../model/contract.ts";
import { RequestError } from "../errors.ts";
import { readJson } from "../jsonBody.ts";
import { inferAnswer, inferReader } from "../openInference.ts";
import type { Predictor } from "../predictor.ts";

/** `POST /v2/models/{name}[/versions/{version}]/infer`: tensors in, tensors out. */
export function infer(predictor: Predictor, contract: ServedContract): RouterMiddleware {
  const read = inferReader(contract);

  return async function answerInference(ctx) {
    refuseOtherModels(ctx.params, contract);
    const request = read(await readJson(ctx));
    ctx.body = inferAnswer(request, await predictor.run(request.tensors, request.outputs), contract);
  };
}

function refuseOtherModels(
  asked: Readonly<Record<string, string>>,
  { name, version }: Pick<ServedContract, "name" | "version">,
): void {
  const { name: askedName, version: askedVersion = version } = asked;
  if (askedName !== name)
    throw new RequestError("not-found", `There is no model ${JSON.stringify(askedName)}, only ${name}.`);
  if (askedVersion !== version)
    throw new RequestError(
      "not-found",
      `There is no version ${JSON.stringify(askedVersion)} of ${name}, only ${version}.`,
    );
}
