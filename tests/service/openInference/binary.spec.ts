import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import type { ServedContract } from "../../../contract/contract.ts";
import type { Tensors } from "../../../contract/tensors.ts";
import type { Predictor } from "../../../service/src/engine/predictor.ts";
import { binaryAnswer, binaryRequest, floats, numbers, texts } from "../../support/binaryRequests.ts";
import { contract, type StartedApp, startApp } from "../../support/serviceApp.ts";

const INFER = "/v2/models/loan-approval/infer";

/** Takes floats and text, and gives both back. */
const echo: ServedContract = {
  ...contract,
  task: "raw",
  inputs: [
    { name: "numbers", datatype: "FP32", shape: [-1, 3] },
    { name: "words", datatype: "BYTES", shape: [-1] },
  ],
  outputs: [
    { name: "numbers", datatype: "FP32", shape: [-1, 3] },
    { name: "words", datatype: "BYTES", shape: [-1] },
  ],
};

const NUMBERS = floats(1, -0, 1e-45);
const WORDS = texts("é", "");
const part = ({ length }: Uint8Array) => ({ parameters: { binary_data_size: length } });
const numbersIn = { name: "numbers", datatype: "FP32", shape: [1, 3] };
const wordsIn = { name: "words", datatype: "BYTES", shape: [2] };

describe("POST …/infer with binary tensors", () => {
  let app: StartedApp;
  let given: Tensors;
  const predictor: Predictor = {
    async run(inputs) {
      given = inputs;
      return inputs;
    },
    admit() {},
    async close() {},
  };
  before(async () => {
    app = await startApp(predictor, echo);
  });
  after(() => app.server.close().closeAllConnections());

  async function post(
    { body, headers }: ReturnType<typeof binaryRequest>,
    more: Record<string, string> = {},
  ) {
    const response = await fetch(app.url + INFER, { method: "POST", body, headers: { ...headers, ...more } });
    assert.equal(response.status, 200, await response.clone().text());
    return response;
  }

  it("takes them in the order of the request's inputs, and answers JSON unless asked", async () => {
    const response = await post(
      binaryRequest(
        {
          inputs: [
            { ...wordsIn, ...part(WORDS) },
            { ...numbersIn, ...part(NUMBERS) },
          ],
        },
        WORDS,
        NUMBERS,
      ),
    );

    assert.deepEqual(given.get("numbers")?.data, Float32Array.of(1, -0, 1e-45));
    assert.deepEqual(given.get("words")?.data, ["é", ""]);
    assert.match(response.headers.get("Content-Type") ?? "", /^application\/json/);
    assert.equal(response.headers.get("Inference-Header-Content-Length"), null);
  });

  it("takes some as JSON and some as bytes, and answers so", async () => {
    const response = await post(
      binaryRequest(
        {
          id: "é",
          inputs: [
            { ...wordsIn, data: ["a", "b"] },
            { ...numbersIn, ...part(NUMBERS) },
          ],
          outputs: [{ name: "words", parameters: { binary_data: true } }, { name: "numbers" }],
        },
        NUMBERS,
      ),
    );

    assert.equal(response.headers.get("Content-Type"), "application/octet-stream");
    assert.equal(response.headers.get("Slipway-Release"), "0123456789abcdef");
    const { json, bytes } = await binaryAnswer(response);
    assert.deepEqual(json, {
      model_name: "loan-approval",
      model_version: "1.2.3",
      id: "é",
      outputs: [
        { name: "words", shape: [2], datatype: "BYTES", parameters: { binary_data_size: 10 } },
        { name: "numbers", shape: [1, 3], datatype: "FP32", data: [1, 0, Math.fround(1e-45)] },
      ],
    });
    assert.deepEqual(bytes, { words: texts("a", "b") });
  });

  it("answers all outputs as bytes where the request asks for that, also one in JSON", async () => {
    const body = {
      parameters: { binary_data_output: true },
      inputs: [
        { ...wordsIn, data: ["a", "b"] },
        { ...numbersIn, data: [1, 2, 3] },
      ],
    };
    const response = await post({
      body: Buffer.from(JSON.stringify(body)),
      headers: { "Content-Type": "application/json" },
    });

    const { bytes } = await binaryAnswer(response);
    assert.deepEqual(bytes, { numbers: floats(1, 2, 3), words: texts("a", "b") });
  });

  it("keeps what JSON would lose", async () => {
    const quietly = Buffer.concat([numbers("setUint32", 4, [0x80000000, 1, 0x007fffff])]);
    const response = await post(
      binaryRequest(
        {
          inputs: [
            { ...numbersIn, ...part(quietly) },
            { ...wordsIn, data: ["", ""] },
          ],
          outputs: [{ name: "numbers", parameters: { binary_data: true } }],
        },
        quietly,
      ),
    );

    assert.deepEqual((await binaryAnswer(response)).bytes, { numbers: quietly });
  });

  const all = binaryRequest(
    {
      inputs: [
        { ...numbersIn, ...part(NUMBERS) },
        { ...wordsIn, ...part(WORDS) },
      ],
    },
    NUMBERS,
    WORDS,
  );
  for (const { encoding, compress } of [
    { encoding: "gzip", compress: gzipSync },
    { encoding: "GZIP", compress: gzipSync },
    { encoding: "deflate", compress: deflateSync },
    { encoding: "identity", compress: (body: Buffer) => body },
  ]) {
    it(`takes them with Content-Encoding ${encoding}`, async () => {
      await post({ ...all, body: compress(all.body) }, { "Content-Encoding": encoding });

      assert.deepEqual(given.get("numbers")?.data, Float32Array.of(1, -0, 1e-45));
      assert.deepEqual(given.get("words")?.data, ["é", ""]);
    });
  }

  it("takes a compressed body that is JSON alone", async () => {
    const body = gzipSync(
      JSON.stringify({
        inputs: [
          { ...numbersIn, data: [1, 2, 3] },
          { ...wordsIn, data: ["a", "b"] },
        ],
      }),
    );
    await post({ body, headers: { "Content-Type": "application/json" } }, { "Content-Encoding": "gzip" });

    assert.deepEqual(given.get("numbers")?.data, Float32Array.of(1, 2, 3));
  });

  for (const type of [
    "",
    "application/json",
    "Application/JSON; charset=UTF-8",
    "application/octet-stream",
  ]) {
    it(`takes them with the Content-Type ${JSON.stringify(type)}`, async () => {
      await post(all, { "Content-Type": type });

      assert.equal(given.size, 2);
    });
  }

  it("does not compress its answer, which may be done only and need not be", async () => {
    const response = await post(all, { "Accept-Encoding": "gzip" });

    assert.equal(response.headers.get("Content-Encoding"), null);
  });
});
