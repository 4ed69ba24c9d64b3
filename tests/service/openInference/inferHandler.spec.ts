import assert from "node:assert/strict";
import type { Predictor } from "../../../service/src/engine/predictor.ts";
import { unavailable } from "../../../service/src/problems/requestError.ts";
import {
  approvals,
  approving,
  contract,
  postJson,
  type StartedApp,
  startApp,
} from "../../support/serviceApp.ts";

const GOOD = JSON.stringify({
  id: "7",
  inputs: [{ name: "features", datatype: "FP32", shape: [1, 3], data: [50_000, 35, 720] }],
});
const refuse = () => {
  throw unavailable("Full.");
};
const INFER = "/v2/models/loan-approval/infer";

describe("POST /v2/models/{name}[/versions/{version}]/infer", () => {
  let app: StartedApp;
  before(async () => {
    app = await startApp();
  });
  after(() => app.server.close().closeAllConnections());

  for (const path of [INFER, "/v2/models/loan-approval/versions/1.2.3/infer"]) {
    it(`answers with tensors, model and release at ${path}`, async () => {
      const response = await postJson(`${app.url}${path}`, GOOD);

      assert.equal(response.status, 200);
      assert.equal(response.headers.get("Slipway-Release"), "0123456789abcdef");
      assert.deepEqual(await response.json(), {
        model_name: "loan-approval",
        model_version: "1.2.3",
        id: "7",
        outputs: [
          { name: "label", shape: [1], datatype: "INT64", data: [1] },
          { name: "probabilities", shape: [1, 2], datatype: "FP32", data: [0.25, 0.75] },
        ],
      });
    });
  }

  it("has the model give the outputs that are wanted, and no others", async () => {
    const asked: unknown[] = [];
    const predictor: Predictor = {
      ...approving,
      run: (inputs, outputs) => {
        asked.push(outputs);
        return approving.run(inputs, outputs);
      },
    };
    const other = await startApp(predictor);
    const body = { ...JSON.parse(GOOD), outputs: [{ name: "label" }] };
    const response = await postJson(`${other.url}${INFER}`, JSON.stringify(body));

    assert.deepEqual(asked, [["label"]]);
    assert.equal(((await response.json()) as { outputs: unknown[] }).outputs.length, 1);
    other.server.close().closeAllConnections();
  });

  it("has the model answer in the time that the caller gives it", async () => {
    const deadlines: (number | undefined)[] = [];
    const predictor: Predictor = {
      ...approving,
      run: (inputs, outputs, options) => {
        deadlines.push(options?.deadline);
        return approving.run(inputs, outputs);
      },
    };
    const other = await startApp(predictor);
    const before = performance.now();
    await postJson(`${other.url}${INFER}`, GOOD, { "X-Request-Timeout-Ms": "100" });

    assert.equal(deadlines.length, 1);
    const within = deadlines[0]! - before;
    assert(within >= 100 && deadlines[0]! <= performance.now() + 100, String(within));
    other.server.close().closeAllConnections();
  });

  it("refuses what it has no time for before it reads it", async () => {
    const full = await startApp({ ...approving, admit: refuse });
    const response = await postJson(`${full.url}${INFER}`, "no JSON");
    full.server.close().closeAllConnections();

    assert.equal(response.status, 503);
  });

  it("serves a model without columns", async () => {
    const image = await startApp(
      { ...approving, run: async () => approvals(1) },
      { ...contract, inputs: [{ name: "image", datatype: "UINT8", shape: [-1, 2, 2] }] },
    );
    const response = await postJson(
      `${image.url}${INFER}`,
      '{"inputs":[{"name":"image","datatype":"UINT8","shape":[1,2,2],"data":[[[0,1],[2,255]]]}]}',
    );

    assert.equal(response.status, 200);
    image.server.close().closeAllConnections();
  });

  const notFound = {
    type: "urn:slipway:problem:not-found",
    title: "There is nothing at this path",
    status: 404,
    errors: [],
  };
  for (const { name, path, method = "POST", body = GOOD, says } of [
    {
      name: "another model",
      path: "/v2/models/iris/infer",
      says: { ...notFound, detail: 'There is no model "iris", only loan-approval.' },
    },
    {
      name: "another version",
      path: "/v2/models/loan-approval/versions/2/infer",
      says: { ...notFound, detail: 'There is no version "2" of loan-approval, only 1.2.3.' },
    },
    {
      name: "an unknown path below /v2",
      path: "/v2/models/loan-approval/inference",
      says: { ...notFound, detail: "There is no /v2/models/loan-approval/inference." },
    },
    {
      name: "another method",
      path: INFER,
      method: "PUT",
      says: {
        type: "urn:slipway:problem:method-not-allowed",
        title: "This path does not take this method",
        status: 405,
        detail: `${INFER} takes POST, not PUT.`,
        errors: [],
      },
    },
    {
      name: "what is not JSON",
      path: INFER,
      body: "{",
      says: {
        type: "urn:slipway:problem:not-json",
        title: "The body is not JSON",
        status: 400,
        detail: 'Line 1, column 2: expected a key in "quotes" or }, found the end of the file.',
        errors: [],
      },
    },
    {
      name: "a body of more than 1 MiB",
      path: INFER,
      body: " ".repeat(1024 * 1024 + 1),
      says: {
        type: "urn:slipway:problem:too-large",
        title: "The body is too large",
        status: 413,
        detail: "The body may have at most 1048576 bytes.",
        errors: [],
      },
    },
    {
      name: "values that do not fit",
      path: INFER,
      body: GOOD.replace("35", "17"),
      says: {
        type: "urn:slipway:problem:invalid-input",
        title: "The input does not fit the model",
        status: 422,
        detail: "inputs[0].data[1] (age) must be at least 18, got 17",
        errors: [
          {
            pointer: "/inputs/0/data/1",
            detail: "inputs[0].data[1] (age) must be at least 18, got 17",
          },
        ],
      },
    },
  ]) {
    it(`refuses ${name}, with an error as the protocol has it`, async () => {
      const response = await fetch(`${app.url}${path}`, {
        method,
        body,
        headers: { "Content-Type": "application/json" },
      });

      assert.equal(response.status, says.status);
      assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
      assert.deepEqual(await response.json(), {
        ...says,
        instance: `urn:slipway:request:${response.headers.get("X-Request-Id")}`,
        error: says.detail,
      });
    });
  }

  it("has no such error on other paths", async () => {
    const response = await fetch(`${app.url}/v20`);

    assert(!Object.hasOwn((await response.json()) as object, "error"));
  });

  it("answers an encoding of the path that is none with a refusal", async () => {
    assert.equal((await postJson(`${app.url}/v2/models/%E0%A4%A/infer`, GOOD)).status, 404);
  });
});
