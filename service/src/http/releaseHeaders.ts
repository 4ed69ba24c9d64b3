import type { Middleware } from "koa";

/** Names the release and the model on every answer. */
export function setReleaseHeaders(release: string, model: { name: string; version: string }): Middleware {
  const headers = releaseHeaders(release, model);
  return async function nameRelease(ctx, next) {
    ctx.set(headers);
    await next();
  };
}

export function releaseHeaders(release: string, { name, version }: { name: string; version: string }) {
  return { "Slipway-Release": release, "Slipway-Model": `${name}/${version}` };
}
