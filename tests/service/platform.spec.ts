import assert from "node:assert/strict";
import { createPlatformApp } from "../../service/src/platform.ts";
import { listen } from "../../service/src/server.ts";
import type { ServiceState } from "../../service/src/state.ts";

describe("the platform app", () => {
  for (const { phase, ready } of [
    { phase: "loading", ready: 503 },
    { phase: "ready", ready: 200 },
    { phase: "draining", ready: 503 },
  ] satisfies { phase: ServiceState["phase"]; ready: number }[]) {
    it(`is live, and ${ready === 200 ? "ready" : "not ready"}, when ${phase}`, async () => {
      const log = { error: (entry: unknown) => assert.fail(`logged ${JSON.stringify(entry)}`) };
      const { server, port } = await listen(
        createPlatformApp({ state: { phase }, log }).callback(),
        0,
        "127.0.0.1",
      );
      const live = await fetch(`http://127.0.0.1:${port}/live`);
      const readiness = await fetch(`http://127.0.0.1:${port}/ready`);

      assert.equal(live.status, 200);
      assert.deepEqual(await live.json(), { status: "live" });
      assert.equal(readiness.status, ready);
      assert.deepEqual(
        await readiness.json(),
        ready === 200
          ? { status: "ready" }
          : {
              type: "urn:slipway:problem:unavailable",
              title: "The service cannot answer now",
              status: 503,
              detail: `The service is ${phase}.`,
              errors: [],
            },
      );
      server.close().closeAllConnections();
    });
  }
});
