import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Router } from "@koa/router";
import Koa from "koa";
import { problemDetails } from "../../../service/src/http/problemDetails.ts";
import { handedOver } from "../../../service/src/http/request.ts";
import { requestTelemetry } from "../../../service/src/http/requestTelemetry.ts";
import { listen } from "../../../service/src/http/server.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import { type AccessLine, openAccessLog } from "../../../service/src/telemetry/accessLog.ts";
import type { EndedRequest } from "../../../service/src/telemetry/tracing.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe("requestTelemetry", () => {
  let server: Server;
  let port: number;
  let url: string;
  let counted: [route: string, method: string, status: number, seconds: number][];
  let lines: AccessLine[];
  let traced: EndedRequest[];

  async function start(
    watched: { log?: boolean; traces?: boolean; handedOverMs?: number } = {},
  ): Promise<void> {
    const router = new Router();
    router.post("/predict", async (ctx) => {
      await sleep(20);
      if (ctx.state.runTimes) ctx.state.runTimes.queuedAt = 1;
      ctx.body = { prediction: [1] };
    });
    router.post("/v2/models/:name/infer", () => {
      throw new RequestError("invalid-input", "No.");
    });
    router.get("/broken", () => {
      throw new Error("secret");
    });
    router.get("/never", () => new Promise(() => {}));
    const app = new Koa();
    app.silent = true;
    const metrics = {
      request: (...request: (typeof counted)[number]) => void counted.push(request),
    };
    const accessLog = watched.log ? (line: AccessLine) => void lines.push(line) : undefined;
    const tracing = {
      record(request: EndedRequest) {
        traced.push(request);
        return "the trace's id";
      },
    };
    app.use(requestTelemetry({ metrics, accessLog, tracing: watched.traces ? tracing : undefined }));
    app.use(problemDetails({ rejected() {} }));
    app.use(router.routes());
    app.use(router.allowedMethods());
    const callback = app.callback();
    const listener: RequestListener = (req, res) => {
      if (watched.handedOverMs !== undefined)
        handedOver.set(req, { error: undefined, started: performance.now() - watched.handedOverMs });
      void callback(req, res);
    };
    ({ server, port } = await listen(listener, 0, "127.0.0.1"));
    url = `http://127.0.0.1:${port}`;
  }

  /** An answer has ended here a moment before the server knows. */
  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const before = counted.length;
    const response = await fetch(url + path, init);
    await response.arrayBuffer();
    while (counted.length === before) await sleep(1);
    return response;
  }

  beforeEach(() => {
    counted = [];
    lines = [];
    traced = [];
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const [what, method, path, expected] of [
    ["an answer", "POST", "/predict", ["/predict", "POST", 200]],
    [
      "a refusal, by its route's pattern",
      "POST",
      "/v2/models/loan/infer",
      ["/v2/models/:name/infer", "POST", 422],
    ],
    ["a failure", "GET", "/broken", ["/broken", "GET", 500]],
    ["a method that the route does not take", "GET", "/predict", ["/predict", "GET", 405]],
    ["a path that is none", "GET", "/50000,35,720?age=35", ["unmatched", "GET", 404]],
  ] as const) {
    it(`counts ${what}`, async () => {
      await start();
      await request(path, { method });

      assert.deepEqual(
        counted.map(([route, method, status]) => [route, method, status]),
        [expected],
      );
    });
  }

  it("times a request in seconds, to the end of its answer", async () => {
    await start();
    const started = performance.now();
    await request("/predict", { method: "POST" });
    const most = (performance.now() - started) / 1_000;

    const [[, , , seconds]] = counted as [(typeof counted)[number]];
    assert(seconds >= 0.019 && seconds <= most, `${seconds} s, and the caller saw ${most} s`);
  });

  it("times a request that the shortcut gave up from its beginning there", async () => {
    await start({ handedOverMs: 500 });
    const started = performance.now();
    await request("/broken");
    const most = 0.5 + (performance.now() - started) / 1_000;

    const [[, , , seconds]] = counted as [(typeof counted)[number]];
    assert(seconds >= 0.5 && seconds <= most, `${seconds} s, and at most ${most} s`);
  });

  it("counts a caller who left before the answer as 499", async () => {
    await start();
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    await once(socket, "connect");
    await sleep(50);
    socket.destroy();
    while (counted.length === 0) await sleep(1);

    assert.deepEqual(counted[0]!.slice(0, 3), ["/never", "GET", 499]);
  });

  it("counts each request of a connection once", async () => {
    await start();
    for (let i = 0; i < 5; i++) await request("/predict", { method: "POST" });

    assert.equal(counted.length, 5);
  });

  it("gives the caller's id back, on refusals too", async () => {
    await start();
    for (const path of ["/predict", "/v2/models/loan/infer", "/nowhere"]) {
      const response = await request(path, { method: "POST", headers: { "X-Request-Id": "mine-1" } });
      assert.equal(response.headers.get("x-request-id"), "mine-1", path);
    }
  });

  it("makes an id up where the caller has none", async () => {
    await start();

    assert.match((await request("/predict", { method: "POST" })).headers.get("x-request-id")!, UUID);
  });

  it("writes what a request was, and nothing that is in it", async () => {
    await start({ log: true });
    await request("/predict?income=50000", {
      method: "POST",
      body: '{"features":[50000,35,720]}',
      headers: { "X-Request-Id": "mine-1", traceparent: `00-${TRACE}-${SPAN}-01` },
    });

    const { durationMs, ...line } = lines[0]!;
    assert.deepEqual(line, {
      requestId: "mine-1",
      traceId: TRACE,
      method: "POST",
      route: "/predict",
      status: 200,
    });
    assert(durationMs >= 19, `${durationMs} ms`);
  });

  it("hands a request to the traces with its caller and the times of its run", async () => {
    await start({ log: true, traces: true });
    await request("/predict", { method: "POST", headers: { traceparent: `00-${TRACE}-${SPAN}-01` } });

    const { requestId, started, ended, ...rest } = traced[0]!;
    assert.deepEqual(rest, {
      method: "POST",
      route: "/predict",
      status: 200,
      parent: { traceId: TRACE, spanId: SPAN, traceFlags: 1 },
      runTimes: { queuedAt: 1 },
    });
    assert.match(requestId, UUID);
    assert.equal(Math.round((ended - started) * 1_000) / 1_000, lines[0]!.durationMs);
    assert.equal(lines[0]!.traceId, "the trace's id");
  });
});

describe("openAccessLog", () => {
  it("writes one line of JSON for each request", () => {
    const written: string[] = [];
    const log = openAccessLog({ write: (line) => void written.push(line) });
    log({
      requestId: "mine-1",
      traceId: undefined,
      method: "POST",
      route: "/predict",
      status: 200,
      durationMs: 1.5,
    });

    const [line] = written;
    assert.equal(written.length, 1);
    assert(line!.endsWith("}\n"));
    const { time, ...rest } = JSON.parse(line!) as Record<string, unknown>;
    assert.equal(typeof time, "number");
    assert.deepEqual(rest, {
      level: 30,
      msg: "request",
      requestId: "mine-1",
      method: "POST",
      route: "/predict",
      status: 200,
      durationMs: 1.5,
    });
  });
});
