import assert from "node:assert/strict";
import type { Tensor } from "../../model/tensors.ts";
import { RequestError } from "../../service/src/errors.ts";
import { answeredOutputs, toPrediction } from "../../service/src/outputs.ts";

const labelOnly = { task: "classification", prediction: "y" } as const;

describe("toPrediction", () => {
  for (const { name, tensor, prediction } of [
    {
      name: "integers",
      tensor: { datatype: "INT64", shape: [2], data: BigInt64Array.of(1n, -3n) },
      prediction: [1, -3],
    },
    {
      name: "integers that no number holds, as strings",
      tensor: { datatype: "INT64", shape: [1], data: BigInt64Array.of(2n ** 60n) },
      prediction: ["1152921504606846976"],
    },
    {
      name: "strings",
      tensor: { datatype: "BYTES", shape: [2], data: ["cat", "dog"] },
      prediction: ["cat", "dog"],
    },
    {
      name: "booleans",
      tensor: { datatype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) },
      prediction: [true, false],
    },
    {
      name: "a column of one as values",
      tensor: { datatype: "FP64", shape: [2, 1], data: Float64Array.of(0.5, 2) },
      prediction: [0.5, 2],
    },
    {
      name: "several per row as lists",
      tensor: { datatype: "INT8", shape: [2, 3], data: Int8Array.of(1, 2, 3, 4, 5, 6) },
      prediction: [
        [1, 2, 3],
        [4, 5, 6],
      ],
    },
    {
      name: "a grid per row",
      tensor: { datatype: "INT8", shape: [1, 2, 2], data: Int8Array.of(1, 2, 3, 4) },
      prediction: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
  ] satisfies { name: string; tensor: Tensor; prediction: unknown }[]) {
    it(`gives ${name}`, () => {
      assert.deepEqual(toPrediction(new Map([["y", tensor]]), tensor.shape[0]!, labelOnly), { prediction });
    });
  }

  it("gives the scores beside the prediction, a list per row even of one", () => {
    const outputs = new Map<string, Tensor>([
      ["y", { datatype: "INT64", shape: [2], data: BigInt64Array.of(0n, 1n) }],
      ["p", { datatype: "FP32", shape: [2, 1], data: Float32Array.of(0.25, 0.5) }],
    ]);

    assert.deepEqual(toPrediction(outputs, 2, { ...labelOnly, scores: "p" }), {
      prediction: [0, 1],
      scores: [[0.25], [0.5]],
    });
  });

  for (const value of [NaN, Infinity, -Infinity]) {
    it(`refuses to answer ${value}`, () => {
      const outputs = new Map<string, Tensor>([
        ["y", { datatype: "FP32", shape: [2, 2], data: Float32Array.of(1, 2, 3, value) }],
      ]);

      assert.throws(
        () => toPrediction(outputs, 2, labelOnly),
        (error) =>
          error instanceof RequestError &&
          error.problem.status === 500 &&
          error.message === `The model gave ${value} in its output "y" for row 1 of the request.`,
      );
    });
  }

  it("refuses another number of rows than asked", () => {
    const outputs = new Map<string, Tensor>([
      ["y", { datatype: "FP32", shape: [1], data: Float32Array.of(1) }],
    ]);

    assert.throws(() => toPrediction(outputs, 2, labelOnly), {
      name: "Error",
      message: 'output "y" has shape [1] for 2 rows',
    });
    assert.deepEqual(toPrediction(outputs, 2, { ...labelOnly, task: "raw" }), { prediction: [1] });
  });
});

describe("answeredOutputs", () => {
  it("asks for no output that is not answered", () => {
    assert.deepEqual(answeredOutputs(labelOnly), ["y"]);
    assert.deepEqual(answeredOutputs({ ...labelOnly, scores: "p" }), ["y", "p"]);
  });
});
