import { Router } from "@koa/router";
import Koa from "koa";
import type { Logger } from "pino";
import { RequestError, unavailable } from "./errors.ts";
import { errorBody } from "./middleware/errorBody.ts";
import type { ServiceState } from "./state.ts";

/** The HTTP surface for the platform, on a port of its own: probes, and whatever must never be public. */
export function createPlatformApp({
  state,
  log,
}: {
  readonly state: ServiceState;
  readonly log: Pick<Logger, "error">;
}): Koa {
  const router = new Router();
  // The process answers, whatever it waits for.
  router.get("/live", (ctx) => {
    ctx.body = { status: "live" };
  });
  router.get("/ready", (ctx) => {
    if (state.phase !== "ready") throw unavailable(`The service is ${state.phase}.`);
    ctx.body = { status: "ready" };
  });

  const app = new Koa();
  // A probe that finds the service not ready is no failure, and comes every two seconds.
  app.on(
    "error",
    (error) => error instanceof RequestError || log.error({ err: error }, "platform request failed"),
  );
  app.use(errorBody());
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
