import type { Context, Middleware } from "koa";
import { PROBLEM_MEDIA_TYPE, type Problem, problem, RequestError } from "../problems/requestError.ts";
import type { Metrics } from "../telemetry/serviceMetrics.ts";
import { problemInstance } from "./requestId.ts";

/** The paths whose clients look for `error`: KServe's and TensorFlow's, and as the Open Inference Protocol says. */
const WITH_ERROR = /^\/v[12](\/|$)/;

/**
 * Turns every answer that is not a success into problem details (RFC 9457). Wraps all that follow, so that nothing
 * escapes. Failures of ours (500) go to the app's "error" event, which logs them. A 503 or 504 is counted and not
 * logged: they come by the thousand, when there is least time to write about each.
 */
export function problemDetails(metrics: Pick<Metrics, "rejected">): Middleware {
  return async function shapeErrors(ctx, next) {
    try {
      await next();
      refuseUnanswered(ctx);
    } catch (error) {
      const refusal = error instanceof RequestError ? error : unexpected();
      ctx.set(refusal.headers);
      ctx.status = refusal.problem.status;
      ctx.body = problemBody(refusal.problem, ctx.state.requestId, ctx.path);
      if (refusal.rejection) metrics.rejected(refusal.rejection);
      ctx.type = PROBLEM_MEDIA_TYPE;
      if (ctx.status === 500) ctx.app.emit("error", error, ctx);
    }
  };
}

/** @param requestId Is absent on the platform's port. */
export function problemBody(problem: Problem, requestId: string | undefined, path: string): Problem {
  return {
    ...problem,
    ...(requestId && { instance: problemInstance(requestId) }),
    ...(WITH_ERROR.test(path) && { error: problem.detail }),
  };
}

/** The router answers an unknown path or method by status alone. */
function refuseUnanswered(ctx: Context): void {
  if (ctx.status === 405 || ctx.status === 501) {
    throw new RequestError(
      "method-not-allowed",
      `${ctx.path} takes ${ctx.response.get("Allow")}, not ${ctx.method}.`,
    );
  }
  if (ctx.status === 404) throw new RequestError("not-found", `There is no ${ctx.path}.`);
}

/** The cause is for the log, not for the caller. */
function unexpected(): Pick<RequestError, "problem" | "headers" | "rejection"> {
  const detail = "The service could not answer this request. The cause is in its log.";
  return { problem: problem("internal", detail), headers: {}, rejection: undefined };
}
