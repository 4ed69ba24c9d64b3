import assert from "node:assert/strict";
import { createMetrics } from "../../../service/src/telemetry/serviceMetrics.ts";
import { contract, postJson, type StartedApp, startApp } from "../../support/serviceApp.ts";

const MODEL = "/v2/models/loan-approval";
const VERSION = `${MODEL}/versions/1.2.3`;
const METADATA = {
  name: "loan-approval",
  versions: ["1.2.3"],
  platform: "onnx_onnxv1",
  inputs: [{ name: "features", datatype: "FP32", shape: [-1, 3] }],
  outputs: [
    { name: "label", datatype: "INT64", shape: [-1] },
    { name: "probabilities", datatype: "FP32", shape: [-1, 2] },
  ],
};
const CONFIG = {
  name: "loan-approval",
  platform: "onnxruntime_onnx",
  backend: "onnxruntime",
  max_batch_size: 10_000,
  input: [{ name: "features", data_type: "TYPE_FP32", dims: [3] }],
  output: [
    { name: "label", data_type: "TYPE_INT64", dims: [1], reshape: { shape: [] } },
    { name: "probabilities", data_type: "TYPE_FP32", dims: [2] },
  ],
};
const STATISTICS = {
  model_stats: [
    {
      name: "loan-approval",
      version: "1.2.3",
      inference_count: 0,
      execution_count: 0,
      inference_stats: {
        success: { count: 0, ns: 0 },
        fail: { count: 0, ns: 0 },
        queue: { count: 0, ns: 0 },
        compute_infer: { count: 0, ns: 0 },
      },
    },
  ],
};
const GETS = {
  "/v2": {
    name: "slipway",
    version: "0123456789abcdef",
    extensions: ["binary_tensor_data", "model_configuration", "statistics"],
  },
  "/v2/health/live": { live: true },
  "/v2/health/ready": { ready: true },
  [MODEL]: METADATA,
  [VERSION]: METADATA,
  [`${MODEL}/ready`]: { name: "loan-approval", ready: true },
  [`${VERSION}/ready`]: { name: "loan-approval", ready: true },
  [`${MODEL}/config`]: CONFIG,
  [`${VERSION}/config`]: CONFIG,
  [`${MODEL}/stats`]: STATISTICS,
  [`${VERSION}/stats`]: STATISTICS,
};
const READY = { name: "loan-approval", version: "1.2.3", state: "READY", reason: "" };
const DRAINING = { ...READY, state: "UNAVAILABLE", reason: "the service is draining" };

const instanceOf = ({ headers }: Response) => `urn:slipway:request:${headers.get("X-Request-Id")}`;

describe("The Open Inference Protocol's routes", () => {
  let app: StartedApp;
  before(async () => {
    app = await startApp();
  });
  after(() => app.server.close().closeAllConnections());

  const index = (body?: string) =>
    body === undefined
      ? fetch(`${app.url}/v2/repository/index`, { method: "POST" })
      : postJson(`${app.url}/v2/repository/index`, body);

  for (const [path, answer] of Object.entries(GETS)) {
    it(`answers GET ${path}, naming release and model`, async () => {
      const response = await fetch(app.url + path);

      assert.equal(response.status, 200);
      assert.match(response.headers.get("Content-Type") ?? "", /^application\/json/);
      assert.equal(response.headers.get("Slipway-Release"), "0123456789abcdef");
      assert.equal(response.headers.get("Slipway-Model"), "loan-approval/1.2.3");
      assert.deepEqual(await response.json(), answer);
    });

    it(`answers HEAD ${path} like GET, without the body`, async () => {
      const response = await fetch(app.url + path, { method: "HEAD" });

      assert.equal(response.status, 200);
      assert.equal(response.headers.get("Content-Length"), `${JSON.stringify(answer).length}`);
      assert.equal(await response.text(), "");
    });
  }

  for (const { method, path, allow } of [
    ...Object.keys(GETS).map((path) => ({ method: "POST", path, allow: "HEAD, GET" })),
    { method: "DELETE", path: MODEL, allow: "HEAD, GET" },
    { method: "GET", path: `${MODEL}/infer`, allow: "POST" },
    { method: "PUT", path: `${VERSION}/infer`, allow: "POST" },
  ]) {
    it(`refuses ${method} ${path}, and says what it takes`, async () => {
      const response = await fetch(app.url + path, { method });
      const detail = `${path} takes ${allow}, not ${method}.`;

      assert.equal(response.status, 405);
      assert.equal(response.headers.get("Allow"), allow);
      assert.deepEqual(await response.json(), {
        type: "urn:slipway:problem:method-not-allowed",
        title: "This path does not take this method",
        status: 405,
        detail,
        errors: [],
        instance: instanceOf(response),
        error: detail,
      });
    });
  }

  for (const { path, method = "GET", detail } of [
    { path: "/v2/models/iris", detail: 'There is no model "iris", only loan-approval.' },
    { path: "/v2/models/iris/ready", detail: 'There is no model "iris", only loan-approval.' },
    {
      path: "/v2/models/iris/versions/1.2.3/ready",
      detail: 'There is no model "iris", only loan-approval.',
    },
    {
      path: `${MODEL}/versions/2`,
      detail: 'There is no version "2" of loan-approval, only 1.2.3.',
    },
    {
      path: `${MODEL}/versions/1.2.3.4/ready`,
      detail: 'There is no version "1.2.3.4" of loan-approval, only 1.2.3.',
    },
    {
      path: `${MODEL}/versions/2/infer`,
      method: "POST",
      detail: 'There is no version "2" of loan-approval, only 1.2.3.',
    },
    { path: "/v2/health", detail: "There is no /v2/health." },
    { path: "/v2/models", detail: "There is no /v2/models." },
    { path: "/v2/models/iris/config", detail: 'There is no model "iris", only loan-approval.' },
    { path: `${MODEL}/versions/2/stats`, detail: 'There is no version "2" of loan-approval, only 1.2.3.' },
    {
      path: `/v2/repository/models/loan-approval/unload`,
      method: "POST",
      detail: "There is no /v2/repository/models/loan-approval/unload.",
    },
  ]) {
    it(`has nothing at ${method} ${path}`, async () => {
      const response = await fetch(app.url + path, { method });

      assert.equal(response.status, 404);
      assert.deepEqual(await response.json(), {
        type: "urn:slipway:problem:not-found",
        title: "There is nothing at this path",
        status: 404,
        detail,
        errors: [],
        instance: instanceOf(response),
        error: detail,
      });
    });
  }

  for (const body of [undefined, "", "{}", '{"ready":true}', '{"ready":false,"repository_name":"a"}']) {
    it(`lists the one model for ${body === undefined ? "no body" : body || "an empty one"}`, async () => {
      assert.deepEqual(await (await index(body)).json(), [READY]);
    });
  }

  for (const { body, status, detail } of [
    { body: '{"ready":1}', status: 422, detail: "ready must be true or false, got 1" },
    { body: "[]", status: 422, detail: "the body must be an object or empty, got []" },
    { body: "null", status: 422, detail: "the body must be an object or empty, got null" },
    {
      body: "{",
      status: 400,
      detail: 'Line 1, column 2: expected a key in "quotes" or }, found the end of the file.',
    },
  ]) {
    it(`lists nothing for ${body}, and says why`, async () => {
      const response = await index(body);
      const { error } = (await response.json()) as { error: string };

      assert.deepEqual([response.status, error], [status, detail]);
    });
  }

  it("tells what was measured since the start", async () => {
    const metrics = createMetrics({ contract, release: "r1" });
    const before = Date.now();
    metrics.batch(3, 2, [0.25, 0.5], 0.125);
    metrics.request("/v2/models/:name/infer", "POST", 200, 1);
    metrics.request("/predict", "POST", 200, 0.5);
    metrics.request("/predict", "POST", 503, 0.25);
    metrics.request("/predict", "POST", 422, 8);
    const measured = await startApp(undefined, undefined, { metrics });
    const answer: any = await (await fetch(`${measured.url}${MODEL}/stats`)).json();
    measured.server.close().closeAllConnections();
    const [{ last_inference: last, ...statistics }] = answer.model_stats;

    assert(last >= before && last <= Date.now(), String(last));
    assert.deepEqual(statistics, {
      name: "loan-approval",
      version: "1.2.3",
      inference_count: 3,
      execution_count: 1,
      inference_stats: {
        success: { count: 2, ns: 1_500_000_000 },
        fail: { count: 1, ns: 250_000_000 },
        queue: { count: 2, ns: 750_000_000 },
        compute_infer: { count: 1, ns: 125_000_000 },
      },
    });
  });

  describe("while draining", () => {
    before(() => {
      app.state.phase = "draining";
    });

    it("lists the model as unavailable, unless only those that are ready are wanted", async () => {
      assert.deepEqual(await (await index()).json(), [DRAINING]);
      assert.deepEqual(await (await index('{"ready":true}')).json(), []);
    });

    for (const path of ["/v2/health/ready", `${MODEL}/ready`, `${VERSION}/ready`]) {
      it(`answers ${path} with a 503`, async () => {
        const response = await fetch(app.url + path);
        const detail = "The service is draining.";

        assert.equal(response.status, 503);
        assert.equal(response.headers.get("Retry-After"), "1");
        assert.deepEqual(await response.json(), {
          type: "urn:slipway:problem:unavailable",
          title: "The service cannot answer now",
          status: 503,
          detail,
          errors: [],
          instance: instanceOf(response),
          error: detail,
        });
      });
    }

    for (const path of ["/v2", "/v2/health/live", MODEL]) {
      it(`answers ${path} as ever`, async () => {
        assert.equal((await fetch(app.url + path)).status, 200);
      });
    }
  });
});
