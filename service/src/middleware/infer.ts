import type { RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../model/contract.ts";
import { inferAnswer } from "../openInference/answer.ts";
import { inferReader } from "../openInference/request.ts";
import { JSON_LENGTH_HEADER, readRequestBody } from "../openInference/requestBody.ts";
import type { Predictor } from "../predictor.ts";

/** `POST /v2/models/{name}[/versions/{version}]/infer`, for the one model: tensors in, tensors out. */
export function infer(
  predictor: Pick<Predictor, "admit" | "run">,
  contract: ServedContract,
): RouterMiddleware {
  const read = inferReader(contract);

  return async function answerInference(ctx) {
    predictor.admit(ctx.state.run);
    const { json: body, binary: bytes } = await readRequestBody(ctx);
    const request = read(body, bytes);
    const names = request.outputs.map(({ name }) => name);
    const results = await predictor.run(request.tensors, names, ctx.state.run);
    const { json, binary } = inferAnswer(request, results, contract);
    if (binary.length === 0) {
      ctx.body = json;
      return;
    }
    const text = Buffer.from(JSON.stringify(json));
    ctx.set(JSON_LENGTH_HEADER, `${text.length}`);
    ctx.body = Buffer.concat([text, ...binary]);
  };
}
