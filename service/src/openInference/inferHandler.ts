import type { RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../contract/index.ts";
import type { Predict } from "../engine/prediction.ts";
import type { Predictor } from "../engine/predictor.ts";
import { inferReader } from "./inferRequest.ts";
import { inferResponse } from "./inferResponse.ts";
import { JSON_LENGTH_HEADER, readRequestBody } from "./requestBody.ts";

/** `POST /v2/models/{name}[/versions/{version}]/infer`, for the one model: tensors in, tensors out. */
export function inferHandler(
  admit: Predictor["admit"],
  predict: Predict,
  contract: ServedContract,
): RouterMiddleware {
  const read = inferReader(contract);

  return async function answerInference(ctx) {
    admit(ctx.state.run);
    const { json: body, binary: bytes } = await readRequestBody(ctx);
    const request = read(body, bytes);
    const names = request.outputs.map(({ name }) => name);
    const { json, binary } = await predict(request.tensors, names, ctx.state.run, (results) =>
      inferResponse(request, results, contract),
    );
    if (binary.length === 0) {
      ctx.body = json;
      return;
    }
    const text = Buffer.from(JSON.stringify(json));
    ctx.set(JSON_LENGTH_HEADER, `${text.length}`);
    ctx.body = Buffer.concat([text, ...binary]);
  };
}
