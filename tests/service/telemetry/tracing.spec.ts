import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type EndedRequest, openTracing, type Tracing } from "../../../service/src/telemetry/tracing.ts";
import { tracingEnabled } from "../../../service/src/telemetry/tracingEnabled.ts";
import { type FakeCollector, startCollector } from "../../support/fakeCollector.ts";
import { freePorts } from "../../support/freePorts.ts";
import { postJson } from "../../support/serviceApp.ts";
import { serviceArgs } from "../../support/serviceLayout.ts";
import { type ServiceProcess, spawnService } from "../../support/serviceProcess.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

function requestOf(changes: Partial<EndedRequest> = {}): EndedRequest {
  const started = performance.now() - 10;
  return {
    requestId: "r-1",
    method: "POST",
    route: "/predict",
    status: 200,
    started,
    ended: started + 8,
    parent: undefined,
    runTimes: { queuedAt: started + 1, startedAt: started + 3, endedAt: started + 7 },
    ...changes,
  };
}

describe("tracingEnabled", () => {
  const collector = "http://collector:4318";
  for (const [wanted, env] of [
    [false, {}],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: "" }],
    [true, { OTEL_EXPORTER_OTLP_ENDPOINT: collector }],
    [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector}/v1/traces` }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_SDK_DISABLED: "TRUE" }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_EXPORTER: "none" }],
    [true, { OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_TRACES_EXPORTER: "otlp" }],
  ] as const) {
    it(`is ${wanted} for ${JSON.stringify(env)}`, () => {
      assert.equal(tracingEnabled(env), wanted);
    });
  }
});

describe("openTracing", () => {
  const environment = { ...process.env };
  let collector: FakeCollector | undefined;
  let tracing: Tracing | undefined;
  let logged: string[];
  const log = {
    info: (line: string) => void logged.push(`info ${line}`),
    warn: (line: string) => void logged.push(`warn ${line}`),
  } as Parameters<typeof openTracing>[0]["log"];
  /** With these of OpenTelemetry's variables, and no others. */
  const open = (env: Record<string, string>): Tracing => {
    Object.assign(process.env, env);
    tracing = openTracing({ service: "loan-approval", release: "0123456789abcdef", log });
    return tracing;
  };

  beforeEach(() => {
    logged = [];
    for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) delete process.env[name];
  });
  afterEach(async () => {
    await tracing?.close(100);
    collector?.close();
    tracing = collector = undefined;
    for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) delete process.env[name];
    Object.assign(process.env, environment);
  });

  it("sends a span for the request, one for its wait and one for its run", async () => {
    collector = await startCollector();
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const before = Date.now();
    const request = requestOf();
    const traceId = traces.record(request);
    await traces.close(2_000);

    assert.deepEqual(collector.requests, ["/v1/traces application/json"]);
    const [queue, run, server] = collector.spans;
    assert.deepEqual(
      collector.spans.map(({ name, kind, traceId, parentSpanId, failed }) => ({
        name,
        kind,
        traceId,
        parentSpanId,
        failed,
      })),
      [
        { name: "queue", kind: 1, traceId, parentSpanId: server!.spanId, failed: false },
        { name: "run", kind: 1, traceId, parentSpanId: server!.spanId, failed: false },
        { name: "POST /predict", kind: 2, traceId, parentSpanId: undefined, failed: false },
      ],
    );
    assert.deepEqual(server!.attributes, {
      "http.request.method": "POST",
      "http.response.status_code": 200,
      "http.route": "/predict",
      "slipway.request_id": "r-1",
    });
    const rounded = ({ startMs, endMs }: { startMs: number; endMs: number }) =>
      [startMs, endMs].map((time) => Math.round(time - server!.startMs));
    assert.deepEqual(
      [queue, run, server].map((span) => rounded(span!)),
      [
        [1, 3],
        [3, 7],
        [0, 8],
      ],
    );
    assert(
      server!.startMs > before - 15 && server!.startMs < before,
      `the request began 10 ms before ${before}, not at ${server!.startMs}`,
    );
  });

  it("names the service after its model and release", async () => {
    collector = await startCollector();
    open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url }).record(requestOf());
    await tracing!.close(2_000);

    const { "service.name": name, "service.version": version } = collector.spans[0]!.resource;
    assert.deepEqual([name, version], ["loan-approval", "0123456789abcdef"]);
  });

  it("takes the service's name and other attributes from the environment", async () => {
    collector = await startCollector();
    open({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/elsewhere`,
      OTEL_SERVICE_NAME: "scoring",
      OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=test",
    }).record(requestOf());
    await tracing!.close(2_000);

    assert.deepEqual(collector.requests, ["/elsewhere application/json"]);
    const { "service.name": name, "deployment.environment": where } = collector.spans[0]!.resource;
    assert.deepEqual([name, where], ["scoring", "test"]);
  });

  it("goes on with the caller's trace", async () => {
    collector = await startCollector();
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const traceId = traces.record(
      requestOf({ parent: { traceId: TRACE, spanId: SPAN, traceFlags: 1 }, runTimes: undefined }),
    );
    await traces.close(2_000);

    assert.equal(traceId, TRACE);
    assert.deepEqual(
      collector.spans.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]),
      [[TRACE, SPAN]],
    );
  });

  it("marks a failure, and ends the wait of a request that gave up with the request", async () => {
    collector = await startCollector();
    const request = requestOf({ status: 504 });
    const { record, close } = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    record({ ...request, runTimes: { queuedAt: request.started + 1 } });
    await close(2_000);

    assert.deepEqual(
      collector.spans.map(({ name, failed, startMs, endMs }) => [name, failed, Math.round(endMs - startMs)]),
      [
        ["queue", false, 7],
        ["POST /predict", true, 8],
      ],
    );
    assert.equal(collector.spans[1]!.attributes["error.type"], "504");
  });

  it("names no route if there was none", async () => {
    collector = await startCollector();
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    traces.record(requestOf({ method: "GET", route: "unmatched", status: 404, runTimes: {} }));
    await traces.close(2_000);

    assert.deepEqual(
      collector.spans.map(({ name, attributes }) => [name, attributes["http.route"]]),
      [["GET", undefined]],
    );
  });

  for (const [sampler, parentFlags, sent] of [
    ["always_off", undefined, 0],
    ["parentbased_always_on", 0, 0],
    ["parentbased_always_off", 1, 3],
  ] as const) {
    it(`sends ${sent} spans with the sampler ${sampler} and ${parentFlags === undefined ? "no caller" : `flags ${parentFlags}`}`, async () => {
      collector = await startCollector();
      const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: sampler });
      const parent =
        parentFlags === undefined ? undefined : { traceId: TRACE, spanId: SPAN, traceFlags: parentFlags };
      traces.record(requestOf({ parent }));
      await traces.close(2_000);

      assert.equal(collector.spans.length, sent);
    });
  }

  it("samples a share of the traces", async () => {
    collector = await startCollector();
    const traces = open({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
    });
    for (let i = 0; i < 400; i++) traces.record(requestOf({ runTimes: undefined }));
    await traces.close(2_000);

    const { length } = collector.spans;
    assert(length > 140 && length < 260, `${length} of 400 were sent`);
  });

  it("says once that the collector cannot be reached, and is closed soon", async () => {
    const [port] = await freePorts(1);
    const traces = open({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: "20",
      OTEL_EXPORTER_OTLP_TIMEOUT: "200", // less than the pause before a second try
    });
    traces.record(requestOf());
    await sleep(150);
    traces.record(requestOf());
    await sleep(150);
    const started = performance.now();
    await traces.close(1_000);

    assert(performance.now() - started < 500);
    assert.deepEqual(logged, [
      `warn OpenTelemetry: traces do not reach the collector: connect ECONNREFUSED 127.0.0.1:${port}`,
    ]);
  });

  it("sends spans again to a collector that is away for a moment, and says nothing of it", async () => {
    const answers = [503, 200];
    collector = await startCollector(() => answers.shift() ?? 200);
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    traces.record(requestOf());
    await traces.close(5_000);

    assert.equal(collector.requests.length, 2);
    assert.deepEqual(logged, []);
  });

  it("says when the collector is back", async () => {
    const answers = [400, 200];
    collector = await startCollector(() => answers.shift() ?? 200);
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" });
    traces.record(requestOf());
    await sleep(150);
    traces.record(requestOf());
    await traces.close(2_000);

    assert.deepEqual(logged, [
      "warn OpenTelemetry: traces do not reach the collector: Bad Request",
      "info OpenTelemetry: traces reach the collector again",
    ]);
  });

  it("waits for a collector that hangs no longer than its deadline, and never keeps a request waiting", async () => {
    collector = await startCollector(() => "nothing");
    const traces = open({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "20" });
    for (let i = 0; i < 1_000; i++) traces.record(requestOf());
    await sleep(100);
    // The best of some, since the machine is not ours alone.
    const recordings = Array.from({ length: 10 }, () => {
      const started = performance.now();
      traces.record(requestOf());
      return performance.now() - started;
    });
    const recorded = performance.now();
    await traces.close(200);
    const closing = performance.now() - recorded;

    assert(Math.min(...recordings) < 20, `recording took ${recordings} ms`);
    // The collector never answers, and the exporter would wait for 10 s.
    assert(closing > 190 && closing < 5_000, `closing took ${closing} ms`);
  });

  it("says what is wrong with an address", () => {
    open({ OTEL_EXPORTER_OTLP_ENDPOINT: "not an address" });

    assert.deepEqual(logged, [
      "warn OpenTelemetry: Configuration: Could not parse environment-provided export URL: 'not an address', falling back to undefined",
    ]);
  });

  it("says what is wrong with a sampler", () => {
    open({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "much",
    });

    assert.deepEqual(logged, [
      "warn OpenTelemetry: Unknown value 'much' for OTEL_TRACES_SAMPLER_ARG, expected a number, using defaults",
      "warn OpenTelemetry: OTEL_TRACES_SAMPLER_ARG is blank, defaulting to 1.",
    ]);
  });
});

function predict(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return postJson(url, '{"features":[50000,35,720]}', headers);
}

describe("the service with a collector", () => {
  let collector: FakeCollector | undefined;
  let service: ServiceProcess | undefined;
  afterEach(() => {
    service?.child.kill("SIGKILL");
    collector?.close();
  });

  const start = async (env: Record<string, string>): Promise<string> => {
    const given = { MODEL_DIR: "model", SLIPWAY_RELEASE: "0123456789abcdef", ...env };
    service = spawnService(given, await serviceArgs());
    const { port } = await service.line("serving");
    return `http://127.0.0.1:${port}/predict`;
  };

  it("sends the spans of its last requests before it stops, and logs them by the same ids", async () => {
    collector = await startCollector();
    const url = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ACCESS_LOG: "true" });
    const response = await predict(url, { traceparent: `00-${TRACE}-${SPAN}-01`, "X-Request-Id": "mine-1" });
    await response.arrayBuffer();
    service!.child.kill("SIGTERM");
    const { requestId, traceId, status } = await service!.line("request");

    assert.deepEqual(await service!.exit, { code: 0, signal: null });
    assert.deepEqual([requestId, traceId, status], ["mine-1", TRACE, 200]);
    assert.deepEqual(
      collector.spans.map(({ name, traceId }) => [name, traceId]),
      [
        ["queue", TRACE],
        ["run", TRACE],
        ["POST /predict", TRACE],
      ],
    );
    const { "service.name": name, "service.version": version } = collector.spans[0]!.resource;
    assert.deepEqual([name, version], ["loan-approval", "0123456789abcdef"]);
  });

  it("answers and stops in time where the collector hangs", async () => {
    collector = await startCollector(() => "nothing");
    const url = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "10" });
    for (let i = 0; i < 20; i++) assert.equal((await predict(url)).status, 200);
    const started = performance.now();
    service!.child.kill("SIGTERM");

    assert.deepEqual(await service!.exit, { code: 0, signal: null });
    // The exporter would wait for 10 s.
    assert(performance.now() - started < 8_000);
  });
});
