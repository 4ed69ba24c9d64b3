import assert from "node:assert/strict";
import { execa } from "execa";

const print = 'const { cache } = await import("./sandbox/places.ts"); console.log(cache)';

/** The sandbox's cache under this environment. */
async function cacheUnder(env: Record<string, string>): Promise<string> {
  const { stdout } = await execa(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "--eval", print],
    { env: { PATH: process.env["PATH"], ...env }, extendEnv: false },
  );
  return stdout;
}

describe("cache", () => {
  for (const { env, cache } of [
    { env: { HOME: "/home-of/me" }, cache: "/home-of/me/.cache/slipway" },
    { env: { HOME: "/home-of/me", XDG_CACHE_HOME: "/some/where" }, cache: "/some/where/slipway" },
    // The XDG specification treats an empty one as unset.
    { env: { HOME: "/home-of/me", XDG_CACHE_HOME: "" }, cache: "/home-of/me/.cache/slipway" },
  ]) {
    it(`is ${cache} under ${JSON.stringify(env)}`, async () => {
      assert.equal(await cacheUnder(env), cache);
    });
  }
});
