import { Router } from "@koa/router";
import Koa from "koa";
import type { Logger } from "pino";
import type { ServedContract } from "../../model/contract.ts";
import { closeWhenDraining } from "./middleware/closeWhenDraining.ts";
import { errorBody } from "./middleware/errorBody.ts";
import { identity } from "./middleware/identity.ts";
import { infer } from "./middleware/infer.ts";
import { predict } from "./middleware/predict.ts";
import type { Predictor } from "./predictor.ts";
import type { ServiceState } from "./state.ts";

export interface AppDeps {
  readonly predictor: Predictor;
  readonly contract: ServedContract;
  /** The release's name, for answers and headers. */
  readonly release: string;
  readonly state: ServiceState;
  readonly log: Pick<Logger, "error">;
}

/** The HTTP surface for callers. Opens no port and reads no file: all it needs is handed in. */
export function createApp({ predictor, contract, release, state, log }: AppDeps): Koa {
  const { name, version } = contract;
  const router = new Router();
  router.get("/", (ctx) => {
    ctx.body = { status: "ok", model: name, version, release };
  });
  router.post("/predict", predict(predictor, contract, release));
  router.post(
    ["/v2/models/:name/infer", "/v2/models/:name/versions/:version/infer"],
    infer(predictor, contract),
  );

  const app = new Koa();
  app.on("error", (error, ctx?: Koa.Context) =>
    log.error({ err: error, method: ctx?.method, path: ctx?.path }, "request failed"),
  );
  // Order matters: each wraps all that follow. errorBody stands before the routes, so that nothing escapes its shape.
  app.use(identity(release, contract));
  app.use(closeWhenDraining(state));
  app.use(errorBody());
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}
