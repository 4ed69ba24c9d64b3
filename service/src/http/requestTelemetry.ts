import type { Context, Middleware } from "koa";
import type { RunTimes } from "../engine/predictor.ts";
import type { AccessLog } from "../telemetry/accessLog.ts";
import type { Metrics } from "../telemetry/serviceMetrics.ts";
import { readTraceparent } from "../telemetry/traceparent.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { handedOver } from "./request.ts";
import { requestIdOf } from "./requestId.ts";

declare module "koa" {
  interface DefaultState {
    requestId: string;
    /** The engine fills it in. Absent if nobody reads it. */
    runTimes?: RunTimes;
  }
}

/** The status that nginx gives a request whose client was gone before its answer. */
const CLIENT_GONE = 499;

/** Names, times and counts each request. Wraps all that follow. The platform's port does without it. */
export function requestTelemetry({
  metrics,
  accessLog,
  tracing,
}: {
  readonly metrics: Pick<Metrics, "request">;
  readonly accessLog?: AccessLog | undefined;
  readonly tracing?: Pick<Tracing, "record"> | undefined;
}): Middleware {
  return function observeRequest(ctx, next) {
    const { req, res, state } = ctx;
    const started = handedOver.get(req)?.started ?? performance.now();
    const requestId = requestIdOf(req.headers);
    state.requestId = requestId;
    res.setHeader("X-Request-Id", requestId);
    if (tracing) state.runTimes = {};

    const note = () => {
      const ended = performance.now();
      const { method = "" } = req;
      const route = routeOf(ctx);
      const status = res.writableFinished ? res.statusCode : CLIENT_GONE;
      metrics.request(route, method, status, (ended - started) / 1_000);
      if (!accessLog && !tracing) return;
      const parent = readTraceparent(req.headers["traceparent"]);
      const request = { requestId, method, route, status, started, ended, parent, runTimes: state.runTimes };
      const traceId = tracing?.record(request) ?? parent?.traceId;
      accessLog?.({
        requestId,
        traceId,
        method,
        route,
        status,
        durationMs: toTheMicrosecond(ended - started),
      });
    };
    // The caller left while the shortcut had the request.
    if (res.closed) return next().finally(note);
    // This event comes once, even if nobody took the answer.
    res.on("close", note);
    return next();
  };
}

function toTheMicrosecond(milliseconds: number): number {
  return Math.round(milliseconds * 1_000) / 1_000;
}

/** The pattern of the route that answered, or of the one that has the path with another method. */
function routeOf(ctx: Context): string {
  const { _matchedRoute: matched, matched: candidates } = ctx as {
    _matchedRoute?: string | RegExp;
    matched?: { path: string | RegExp }[];
  };
  // A pattern escapes the colon that is one.
  return String(matched ?? candidates?.[0]?.path ?? "unmatched").replaceAll("\\", "");
}
