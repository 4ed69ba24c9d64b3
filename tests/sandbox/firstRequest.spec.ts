import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { firstRequest } from "../../sandbox/firstRequest.ts";

const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
const of = (folder: string) => firstRequest(read(`${folder}/contract.json`), read(`${folder}/golden.json`));

describe("firstRequest", () => {
  it("asks the example model what its first golden request asks", () => {
    assert.deepEqual(of("model"), { path: "/predict", body: '{"features":[50000,35,720]}' });
  });

  it("takes a row of several inputs in the contract's order", () => {
    const { inputs } = read("tests/models/purchases/golden.json").requests[0];
    const row = [inputs.channel, inputs.country, inputs.gender, inputs.visits, inputs.basket_value];

    const { body } = of("tests/models/purchases");

    assert.deepEqual(JSON.parse(body), { features: [...row, inputs.days_since_visit].flat(2) });
  });

  it("takes the values of an image as one row", () => {
    assert.equal(JSON.parse(of("tests/models/digits-cnn").body).features.length, 64);
  });

  it("asks a model without columns by the Open Inference Protocol", () => {
    const contract = {
      name: "embedder",
      inputs: [{ name: "tokens", datatype: "INT64" as const, shape: [-1, -1] }],
    };

    assert.deepEqual(firstRequest(contract, { requests: [{ inputs: { tokens: [[1, 2, 3]] } }] }), {
      path: "/v2/models/embedder/infer",
      body: '{"inputs":[{"name":"tokens","datatype":"INT64","shape":[1,3],"data":[1,2,3]}]}',
    });
  });
});
