import assert from "node:assert/strict";
import { platformListener } from "../../../service/src/http/platform.ts";
import { listen } from "../../../service/src/http/server.ts";
import type { MetricsPage } from "../../../service/src/processes/messages.ts";
import type { ServiceState } from "../../../service/src/processes/state.ts";

const PAGE: MetricsPage = { mediaType: "text/plain; version=0.0.4; charset=utf-8", text: "up 1\n" };

async function ask(
  path: string,
  {
    phase = "ready",
    page,
    ...init
  }: RequestInit & { phase?: ServiceState["phase"]; page?: MetricsPage } = {},
): Promise<Response> {
  const listener = platformListener({ state: { phase }, metrics: async () => page });
  const { server, port } = await listen(listener, 0, "127.0.0.1");
  try {
    return await fetch(`http://127.0.0.1:${port}${path}`, init);
  } finally {
    server.close();
  }
}

const unavailable = (phase: string) => ({
  type: "urn:slipway:problem:unavailable",
  title: "The service cannot answer now",
  status: 503,
  detail: `The service is ${phase}.`,
  errors: [],
});

describe("platformListener", () => {
  for (const phase of ["loading", "ready", "draining"] as const) {
    it(`is live, and ${phase === "ready" ? "ready" : "not ready"}, when ${phase}`, async () => {
      const live = await ask("/live", { phase });
      const ready = await ask("/ready?verbose", { phase });

      assert.equal(live.status, 200);
      assert.deepEqual(await live.json(), { status: "live" });
      assert.equal(ready.status, phase === "ready" ? 200 : 503);
      assert.equal(ready.headers.get("Retry-After"), phase === "ready" ? null : "1");
      assert.deepEqual(await ready.json(), phase === "ready" ? { status: "ready" } : unavailable(phase));
    });
  }

  it("gives what the worker measures", async () => {
    const metrics = await ask("/metrics", { page: PAGE });

    assert.equal(metrics.status, 200);
    assert.equal(metrics.headers.get("Content-Type"), PAGE.mediaType);
    assert.equal(await metrics.text(), PAGE.text);
  });

  it("has no metrics while there is no worker that serves", async () => {
    const metrics = await ask("/metrics", { phase: "loading" });

    assert.equal(metrics.status, 503);
    assert.deepEqual(await metrics.json(), unavailable("loading"));
  });

  it("answers HEAD without a body", async () => {
    const live = await ask("/live", { method: "HEAD" });

    assert.equal(live.status, 200);
    assert.equal(await live.text(), "");
  });

  for (const { path, method, status, allow } of [
    { path: "/predict", method: "POST", status: 404, allow: null },
    { path: "/live", method: "POST", status: 405, allow: "HEAD, GET" },
  ]) {
    it(`answers ${method} ${path} with ${status}`, async () => {
      const answer = await ask(path, { method });

      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("Allow"), allow);
      assert.equal(answer.headers.get("Content-Type"), "application/problem+json; charset=utf-8");
    });
  }
});
