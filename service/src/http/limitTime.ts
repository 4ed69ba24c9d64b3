import type { Middleware } from "koa";
import type { RunOptions } from "../engine/predictor.ts";
import { runOptionsOf } from "./requestTimeout.ts";

declare module "koa" {
  interface DefaultState {
    /** For the run of the model that answers this request. */
    run: RunOptions;
  }
}

/** Says until when a request's answer is of use. */
export function limitTime(timeoutMs: number): Middleware {
  return function setDeadline({ req, res, state }, next) {
    state.run = { ...runOptionsOf(req, res, performance.now(), timeoutMs), times: state.runTimes };
    return next();
  };
}
