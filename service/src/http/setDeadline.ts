import type { Middleware } from "koa";
import type { PredictOptions } from "../engine/prediction.ts";
import { runOptionsOf } from "./requestTimeout.ts";

declare module "koa" {
  interface DefaultState {
    /** The options of the run that answers this request. */
    run: PredictOptions;
  }
}

/** Sets the time until which the answer is of use. */
export function setDeadline(timeoutMs: number): Middleware {
  return function setDeadline({ req, res, state }, next) {
    const options = runOptionsOf(req, res, state.requestId, performance.now(), timeoutMs);
    state.run = { ...options, times: state.runTimes };
    return next();
  };
}
