import type { RequestListener } from "node:http";
import { Router } from "@koa/router";
import Koa from "koa";
import type { Logger } from "pino";
import type { ServedContract } from "../../../contract/index.ts";
import { type DocumentsDeps, mountDocuments } from "../docs/mountDocuments.ts";
import { createPredict, type PredictionObserver } from "../engine/prediction.ts";
import type { Predictor } from "../engine/predictor.ts";
import { closeWhenDraining } from "../http/closeWhenDraining.ts";
import { problemDetails } from "../http/problemDetails.ts";
import { releaseHeaders, setReleaseHeaders } from "../http/releaseHeaders.ts";
import type { Request } from "../http/request.ts";
import { requestTelemetry } from "../http/requestTelemetry.ts";
import { setDeadline } from "../http/setDeadline.ts";
import { mountOpenInference } from "../openInference/mountOpenInference.ts";
import { predictHandler } from "../predict/predictHandler.ts";
import { createPredictJson } from "../predict/predictJson.ts";
import { predictShortcut } from "../predict/predictShortcut.ts";
import type { ServiceState } from "../processes/state.ts";
import { mountScoring } from "../scoring/mountScoring.ts";
import type { AccessLog } from "../telemetry/accessLog.ts";
import type { Metrics } from "../telemetry/serviceMetrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";

export interface AppDeps {
  readonly predictor: Predictor;
  readonly contract: ServedContract;
  /** The release's name, for answers and headers. */
  readonly release: string;
  readonly state: ServiceState;
  readonly golden?: DocumentsDeps["golden"];
  /** How long a caller waits that does not say. */
  readonly timeoutMs?: number;
  readonly metrics?: Pick<Metrics, "request" | "rejected" | "inferences">;
  readonly accessLog?: AccessLog | undefined;
  readonly tracing?: Pick<Tracing, "record"> | undefined;
  readonly observers?: readonly PredictionObserver[];
  readonly log: Pick<Logger, "error">;
}

const TIMEOUT_MS = 5_000;

/** All that callers reach. Opens no port and reads no file: all it needs is handed in. */
export function createListener(deps: AppDeps): RequestListener<typeof Request> {
  const { predictor, contract, release, state, timeoutMs = TIMEOUT_MS, metrics, accessLog, tracing } = deps;
  const predict = createPredict(deps);
  const answer = createPredictJson(predict, contract, release);
  const app = createApp(deps, predict, answer).callback();
  // What is to be written down of each request is the app's to find out.
  if (!answer || accessLog || tracing) return app;
  return predictShortcut(app, {
    admit: predictor.admit,
    answer,
    releaseHeaders: releaseHeaders(release, contract),
    timeoutMs,
    state,
    metrics,
  });
}

/** The same without the shortcut. */
export function createApp(
  deps: AppDeps,
  predict = createPredict(deps),
  answer = createPredictJson(predict, deps.contract, deps.release),
): Koa {
  const { predictor, contract, release, state, golden, log, accessLog, tracing } = deps;
  const { metrics = UNCOUNTED, timeoutMs = TIMEOUT_MS } = deps;
  const { name, version } = contract;
  const router = new Router({ sensitive: true });
  router.get("/", (ctx) => {
    ctx.body = { status: "ok", model: name, version, release };
  });
  router.post("/predict", predictHandler(predictor.admit, answer));
  mountOpenInference(router, { admit: predictor.admit, predict, contract, release, state, metrics });
  mountScoring(router, { admit: predictor.admit, predict, contract, state });
  mountDocuments(router, { contract, release, golden });

  const app = new Koa();
  app.on("error", (error, ctx?: Koa.Context) => {
    const request = { method: ctx?.method, path: ctx?.path, requestId: ctx?.state.requestId };
    log.error({ err: error, ...request }, "request failed");
  });
  // Order matters: each wraps all that follow. problemDetails stands before the routes, so that nothing escapes its shape.
  app.use(requestTelemetry({ metrics, accessLog, tracing }));
  app.use(setReleaseHeaders(release, contract));
  app.use(closeWhenDraining(state));
  app.use(problemDetails(metrics));
  app.use(setDeadline(timeoutMs));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

const NONE = { count: 0, sum: 0 };
export const UNCOUNTED: Pick<Metrics, "request" | "rejected" | "inferences"> = {
  request() {},
  rejected() {},
  inferences: () => ({ lastRun: undefined, rows: 0, success: NONE, failure: NONE, queue: NONE, run: NONE }),
};
