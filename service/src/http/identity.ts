import type { Middleware } from "koa";

/** Names on every answer the release and the model that gave it. */
export function identity(release: string, model: { name: string; version: string }): Middleware {
  const headers = identityOf(release, model);
  return async function nameRelease(ctx, next) {
    ctx.set(headers);
    await next();
  };
}

export function identityOf(release: string, { name, version }: { name: string; version: string }) {
  return { "Slipway-Release": release, "Slipway-Model": `${name}/${version}` };
}
