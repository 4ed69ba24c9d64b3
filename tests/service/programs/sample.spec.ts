import assert from "node:assert/strict";
import { sampleInputs } from "../../../service/src/programs/sample.ts";
import { contract } from "../../support/serviceApp.ts";

describe("sampleInputs", () => {
  it("takes the golden request, if there is one", () => {
    const inputs = sampleInputs(contract, { inputs: { features: [[1, 20, 3]] }, outputs: {} });

    assert.deepEqual(
      inputs,
      new Map([["features", { datatype: "FP32", shape: [1, 3], data: Float32Array.of(1, 20, 3) }]]),
    );
  });

  it("makes up a row if the golden request is one that callers could not send", () => {
    const inputs = sampleInputs(contract, { inputs: { features: [[1, 2, 3]] }, outputs: {} });

    assert.deepEqual(inputs?.get("features")?.data, Float32Array.of(0, 18, 0));
  });

  it("makes up a row that the contract allows", () => {
    const columns = [
      { name: "a" },
      { name: "b", min: 1.5 },
      { name: "c", max: -2.5 },
      { name: "d", categories: [7, 8] },
    ];
    const inputs = sampleInputs(
      {
        ...contract,
        inputs: [
          { name: "x", datatype: "INT64", shape: [-1, 4], columns },
          { name: "y", datatype: "FP64", shape: [-1, 1], columns: [{ name: "e", min: 1.5 }] },
          { name: "city", datatype: "BYTES", shape: [-1], columns: [{ name: "f" }] },
        ],
      },
      undefined,
    );

    assert.deepEqual(
      [...inputs!.values()].map(({ data }) => data),
      [BigInt64Array.of(0n, 2n, -3n, 7n), Float64Array.of(1.5), [""]],
    );
  });

  it("has nothing to ask of a model without columns", () => {
    const inputs = [{ name: "image", datatype: "FP32" as const, shape: [-1, 3, -1, -1] }];

    assert.equal(sampleInputs({ ...contract, inputs }, undefined), undefined);
  });
});
