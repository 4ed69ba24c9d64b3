import type { Middleware } from "koa";
import type { PredictOptions } from "../engine/prediction.ts";
import { runOptionsOf } from "./requestTimeout.ts";

declare module "koa" {
  interface DefaultState {
    /** For the run of the model that answers this request. */
    run: PredictOptions;
  }
}

/** Says until when a request's answer is of use. */
export function limitTime(timeoutMs: number): Middleware {
  return function setDeadline({ req, res, state }, next) {
    const options = runOptionsOf(req, res, state.requestId, performance.now(), timeoutMs);
    state.run = { ...options, times: state.runTimes };
    return next();
  };
}
