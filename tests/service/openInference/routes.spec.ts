import assert from "node:assert/strict";
import { type StartedApp, startApp } from "../../support/serviceApp.ts";

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
const GETS = {
  "/v2": { name: "slipway", version: "0123456789abcdef", extensions: ["binary_tensor_data"] },
  "/v2/health/live": { live: true },
  "/v2/health/ready": { ready: true },
  [MODEL]: METADATA,
  [VERSION]: METADATA,
  [`${MODEL}/ready`]: { name: "loan-approval", ready: true },
  [`${VERSION}/ready`]: { name: "loan-approval", ready: true },
};

const instanceOf = ({ headers }: Response) => `urn:slipway:request:${headers.get("X-Request-Id")}`;

describe("The Open Inference Protocol's routes", () => {
  let app: StartedApp;
  before(async () => {
    app = await startApp();
  });
  after(() => app.server.close().closeAllConnections());

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
    { path: `${MODEL}/config`, detail: `There is no ${MODEL}/config.` },
    { path: "/v2/repository/index", method: "POST", detail: "There is no /v2/repository/index." },
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

  describe("while draining", () => {
    before(() => {
      app.state.phase = "draining";
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
