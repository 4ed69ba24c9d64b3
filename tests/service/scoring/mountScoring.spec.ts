import assert from "node:assert/strict";
import type { Prediction } from "../../../service/src/engine/prediction.ts";
import type { Predictor } from "../../../service/src/engine/predictor.ts";
import { unavailable } from "../../../service/src/problems/requestError.ts";
import { UNCOUNTED } from "../../../service/src/programs/app.ts";
import { approving, contract, postJson, type StartedApp, startApp } from "../../support/serviceApp.ts";

const MODEL = "/v1/models/loan-approval";
const PREDICT = `${MODEL}:predict`;
const ROWS = [
  [50_000, 35, 720],
  [1, 18, 2],
];
const FRAME = { columns: ["age", "credit_score", "income"], data: [[35, 720, 50_000]] };

const instanceOf = ({ headers }: Response) => `urn:slipway:request:${headers.get("X-Request-Id")}`;

describe("The routes of KServe V1, TensorFlow Serving and MLflow", () => {
  let app: StartedApp;
  const observed: Prediction[] = [];
  const counted: unknown[] = [];
  before(async () => {
    app = await startApp(undefined, undefined, {
      metrics: { ...UNCOUNTED, request: (...request) => counted.push(request.slice(0, 3)) },
      observers: [(prediction) => observed.push(prediction)],
    });
  });
  after(() => app.server.close().closeAllConnections());

  for (const { path, body, answer } of [
    { path: PREDICT, body: { instances: ROWS }, answer: { predictions: [1, 1] } },
    {
      path: PREDICT,
      body: { signature_name: "serving_default", inputs: { features: ROWS } },
      answer: { outputs: [1, 1] },
    },
    { path: "/invocations", body: { dataframe_split: FRAME }, answer: { predictions: [1] } },
    { path: "/invocations", body: { inputs: ROWS }, answer: { predictions: [1, 1] } },
  ]) {
    it(`answers ${path} for ${Object.keys(body).join(", ")} with the predictions alone`, async () => {
      observed.length = 0;
      const response = await postJson(app.url + path, JSON.stringify(body));

      assert.equal(response.status, 200);
      assert.equal(response.headers.get("Content-Type"), "application/json; charset=utf-8");
      assert.equal(response.headers.get("Slipway-Model"), "loan-approval/1.2.3");
      assert.deepEqual(await response.json(), answer);
      assert.deepEqual([...observed[0]!.inputs.get("features")!.data].slice(0, 3), ROWS[0]);
    });
  }

  it("says that the model is ready", async () => {
    const response = await fetch(app.url + MODEL);

    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { name: "loan-approval", ready: true });
  });

  for (const method of ["GET", "HEAD"])
    it(`answers ${method} /ping without a body`, async () => {
      const response = await fetch(`${app.url}/ping`, { method });

      assert.equal(response.status, 200);
      assert.equal(response.headers.get("Content-Length"), "0");
      assert.equal(await response.text(), "");
    });

  for (const { path, method, status, detail, allow } of [
    { path: "/v1/models/iris", method: "GET", status: 404, detail: "There is no /v1/models/iris." },
    {
      path: "/v1/models/iris:predict",
      method: "POST",
      status: 404,
      detail: "There is no /v1/models/iris:predict.",
    },
    { path: PREDICT, method: "GET", status: 405, detail: `${PREDICT} takes POST, not GET.`, allow: "POST" },
    {
      path: MODEL,
      method: "POST",
      status: 405,
      detail: `${MODEL} takes HEAD, GET, not POST.`,
      allow: "HEAD, GET",
    },
  ])
    it(`has nothing for ${method} ${path}, and says so under "error", too`, async () => {
      const response = await fetch(app.url + path, { method });
      const { detail: says, error, instance } = (await response.json()) as Record<string, unknown>;

      assert.equal(response.status, status);
      assert.equal(response.headers.get("Allow"), allow ?? null);
      assert.deepEqual([says, error, instance], [detail, detail, instanceOf(response)]);
    });

  for (const { name, path, body, headers, status, detail, error } of [
    {
      name: "what does not fit the model",
      path: PREDICT,
      body: { instances: [[1, 17, 2]] },
      status: 422,
      detail: "instances[0][1] (age) must be at least 18, got 17",
      error: true,
    },
    {
      name: "a column that the model does not take",
      path: "/invocations",
      body: { dataframe_records: [{ income: 1, age: 18, credit_score: 2, id: 3 }] },
      status: 422,
      detail: "dataframe_records[0].id is unknown, the model takes income, age, credit_score",
    },
    {
      name: "another type",
      path: "/invocations",
      body: { dataframe_split: FRAME },
      headers: { "Content-Type": "text/csv" },
      status: 415,
      detail: 'Content-Type must be application/json, got "text/csv".',
    },
    {
      name: "a body of more than 1 MiB",
      path: PREDICT,
      body: { instances: " ".repeat(1024 * 1024) },
      status: 413,
      detail: "The body may have at most 1048576 bytes.",
      error: true,
    },
  ])
    it(`refuses ${name} at ${path}`, async () => {
      const response = await postJson(app.url + path, JSON.stringify(body), headers);
      const problem = (await response.json()) as Record<string, unknown>;

      assert.equal(response.status, status);
      assert.equal(problem["detail"], detail);
      assert.equal(problem["error"], error ? detail : undefined);
    });

  it("counts requests by their routes", async () => {
    counted.length = 0;
    await (await postJson(app.url + PREDICT, JSON.stringify({ instances: ROWS }))).text();
    await (await fetch(`${app.url}/ping`)).text();

    assert.deepEqual(counted, [
      [PREDICT, "POST", 200],
      ["/ping", "GET", 200],
    ]);
  });

  it("refuses what it has no time for before it reads it, and asks for no longer than the caller waits", async () => {
    const deadlines: (number | undefined)[] = [];
    const admit: Predictor["admit"] = ({ deadline }) => {
      deadlines.push(deadline);
      throw unavailable("Full.");
    };
    const full = await startApp({ ...approving, admit });
    const before = performance.now();
    for (const path of [PREDICT, "/invocations"]) {
      const response = await postJson(full.url + path, "no JSON", { "X-Request-Timeout-Ms": "100" });
      assert.equal(response.status, 503);
    }
    full.server.close().closeAllConnections();

    assert.equal(deadlines.length, 2);
    for (const deadline of deadlines) assert(deadline! < before + 1_000, String(deadline));
  });

  it("names values that the contract only wants reported beside the predictions", async () => {
    const reporting = await startApp(undefined, {
      ...contract,
      inputs: [{ ...contract.inputs[0]!, outOfRange: "report" }],
    });
    const response = await postJson(reporting.url + PREDICT, JSON.stringify({ instances: [[1, 17, 2]] }));
    reporting.server.close().closeAllConnections();

    assert.deepEqual(await response.json(), {
      predictions: [1],
      warnings: [
        { pointer: "/instances/0/1", detail: "instances[0][1] (age) should be at least 18, got 17" },
      ],
    });
  });

  it("answers for a model without columns", async () => {
    const image = await startApp(undefined, {
      ...contract,
      inputs: [{ name: "features", datatype: "UINT8", shape: [-1, 1, 2] }],
    });
    const response = await postJson(image.url + PREDICT, '{"instances":[[[0,1]],[[2,255]]]}');
    image.server.close().closeAllConnections();

    assert.deepEqual(await response.json(), { predictions: [1, 1] });
  });

  it("is not ready while it drains", async () => {
    const draining = await startApp();
    draining.state.phase = "draining";
    for (const path of [MODEL, "/ping"]) assert.equal((await fetch(draining.url + path)).status, 503);
    draining.server.close().closeAllConnections();
  });
});
