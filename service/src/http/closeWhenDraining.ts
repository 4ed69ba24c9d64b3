import type { Middleware } from "koa";
import type { ServiceState } from "../processes/state.ts";

/** Sends keep-alive callers to another instance, each with an answer in hand rather than a cut connection. */
export function closeWhenDraining(state: ServiceState): Middleware {
  return async function sendElsewhere(ctx, next) {
    await next();
    // Looked at last: the drain may have begun while the model ran.
    if (state.phase === "draining") ctx.set("Connection", "close");
  };
}
