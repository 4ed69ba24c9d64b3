import type { RouterMiddleware } from "@koa/router";
import type { ServedContract } from "../../../contract/index.ts";
import type { Predictor } from "../engine/predictor.ts";
import { inferAnswer } from "./answer.ts";
import { inferReader } from "./request.ts";
import { JSON_LENGTH_HEADER, readRequestBody } from "./requestBody.ts";

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
