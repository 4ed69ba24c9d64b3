import assert from "node:assert/strict";
import { countPredictions } from "../../service/src/countPredictions.ts";
import type { Predictor } from "../../service/src/predictor.ts";
import { approving, contract } from "../support/serviceApp.ts";

describe("countPredictions", () => {
  const inputs = new Map([
    ["features", { datatype: "FP32", shape: [2, 3], data: new Float32Array(6) } as const],
  ]);
  let counted: unknown[];
  const metrics = { predictions: (labels: Iterable<unknown>) => void counted.push([...labels]) };
  beforeEach(() => {
    counted = [];
  });

  it("counts the labels and hands the answer on", async () => {
    const answer = await countPredictions(approving, contract, metrics).run(inputs, [
      "label",
      "probabilities",
    ]);

    assert.deepEqual(counted, [[1n, 1n]]);
    assert.deepEqual([...answer.keys()], ["label", "probabilities"]);
  });

  it("counts nothing for who asks for the scores only", async () => {
    await countPredictions(approving, contract, metrics).run(inputs, ["probabilities"]);

    assert.deepEqual(counted, []);
  });

  it("hands on what a run is told, and its failure", async () => {
    const told: unknown[] = [];
    const failing: Predictor = {
      async run(...args) {
        told.push(...args);
        throw new Error("no");
      },
      async close() {},
    };
    const options = { deadline: 7 };

    await assert.rejects(
      countPredictions(failing, contract, metrics).run(inputs, ["label"], options),
      /^Error: no$/,
    );
    assert.deepEqual(told, [inputs, ["label"], options]);
    assert.deepEqual(counted, []);
  });

  it("closes what it wraps", async () => {
    let closed = 0;
    const closing: Predictor = { ...approving, close: async () => void closed++ };
    await countPredictions(closing, contract, metrics).close();

    assert.equal(closed, 1);
  });
});
