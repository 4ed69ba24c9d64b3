import type { Middleware } from "koa";
import type { Predictor } from "../engine/predictor.ts";
import { readJson } from "../http/jsonBody.ts";
import { handedOver } from "../http/request.ts";
import { RequestError } from "../problems/requestError.ts";
import type { PredictJson } from "./predictJson.ts";

/** `POST /predict`: features in, prediction out. */
export function predictHandler(admit: Predictor["admit"], answer: PredictJson | undefined): Middleware {
  const handle = answer && jsonHandler(admit, answer);
  return function answerPrediction(ctx, next) {
    if (!handle)
      throw new RequestError(
        "not-found",
        "There is no /predict for this model: its contract names no columns for some input.",
      );
    const failed = handedOver.get(ctx.req);
    if (failed) throw failed.error;
    return handle(ctx, next);
  };
}

/** JSON in, JSON out. */
export function jsonHandler(admit: Predictor["admit"], answer: PredictJson): Middleware {
  return async function answerJson(ctx) {
    admit(ctx.state.run);
    ctx.body = await answer(await readJson(ctx), ctx.state.run);
    ctx.type = "application/json";
  };
}
