import type { Middleware } from "koa";

/** Names on every answer the release and the model that gave it. */
export function identity(release: string, model: { name: string; version: string }): Middleware {
  return async function nameRelease(ctx, next) {
    ctx.set("Slipway-Release", release);
    ctx.set("Slipway-Model", `${model.name}/${model.version}`);
    await next();
  };
}
