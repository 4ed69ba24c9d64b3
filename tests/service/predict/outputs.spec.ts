import assert from "node:assert/strict";
import type { Tensor } from "../../../contract/tensors.ts";
import { predictionWriter, toScalars } from "../../../service/src/predict/outputs.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";

const labelOnly = {
  name: "loan-approval",
  version: "1.0.0",
  task: "classification",
  prediction: "y",
} as const;

const tensorOf = (datatype: Tensor["datatype"], shape: number[], data: Tensor["data"]): Tensor => ({
  datatype,
  shape,
  data,
});

function written(
  outputs: ReadonlyMap<string, Tensor>,
  rows: number,
  contract: Parameters<typeof predictionWriter>[0] = labelOnly,
): string {
  return predictionWriter(contract, "0123456789abcdef")(outputs, { rows });
}

/** What an answer holds beside who gave it. */
function answer(...args: Parameters<typeof written>): unknown {
  const { model: _model, release: _release, ...rest } = JSON.parse(written(...args));
  return rest;
}

describe("predictionWriter", () => {
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
      assert.deepEqual(answer(new Map([["y", tensor]]), tensor.shape[0]!), { prediction });
    });
  }

  const scoresAlone: Parameters<typeof predictionWriter>[0] = {
    name: "animals",
    version: "1.0.0",
    task: "classification",
    scores: "p",
    classes: ["cat", "dog"],
  };

  it("makes the label from the scores of a model that gives none", () => {
    const outputs = new Map([["p", tensorOf("FP32", [2, 2], Float32Array.of(0.25, 0.75, 0.5, 0.5))]]);

    assert.deepEqual(answer(outputs, 2, scoresAlone), {
      prediction: ["dog", "cat"],
      scores: [
        [0.25, 0.75],
        [0.5, 0.5],
      ],
    });
  });

  it("makes probabilities from logits, beside a label of the model's own, too", () => {
    const outputs = new Map([
      ["p", tensorOf("FP64", [1, 2], Float64Array.of(3, 3))],
      ["y", tensorOf("INT64", [1], BigInt64Array.of(1n))],
    ]);
    const contract = { ...scoresAlone, scoresAre: "logits" as const, classes: [0, 1] };

    assert.deepEqual(answer(outputs, 1, contract), { prediction: [0], scores: [[0.5, 0.5]] });
    assert.deepEqual(answer(outputs, 1, { ...contract, prediction: "y" }), {
      prediction: [1],
      scores: [[0.5, 0.5]],
    });
  });

  for (const shape of [[2], [2, 1]])
    it(`makes both scores of two classes from a single one, of shape [${shape}]`, () => {
      const outputs = new Map([["p", tensorOf("FP32", shape, Float32Array.of(0.25, 0.75))]]);

      assert.deepEqual(answer(outputs, 2, { ...scoresAlone, decision: "threshold", threshold: 0.25 }), {
        prediction: ["dog", "dog"],
        scores: [
          [0.75, 0.25],
          [0.25, 0.75],
        ],
      });
    });

  it("makes nothing from what is no finite number, and says what the model gave", () => {
    const outputs = new Map([["p", tensorOf("FP32", [2, 1], Float32Array.of(0, Infinity))]]);

    assert.throws(() => written(outputs, 2, { ...scoresAlone, scoresAre: "logits" }), {
      name: "RequestError",
      problem: {
        type: "urn:slipway:problem:invalid-output",
        title: "The model gave no usable answer",
        status: 500,
        detail: 'The model gave Infinity in its output "p" for row 1 of the request.',
        errors: [],
      },
    });
  });

  it("gives the scores beside the prediction, a list per row even of one", () => {
    const outputs = new Map<string, Tensor>([
      ["y", { datatype: "INT64", shape: [2], data: BigInt64Array.of(0n, 1n) }],
      ["p", { datatype: "FP32", shape: [2, 1], data: Float32Array.of(0.25, 0.5) }],
    ]);

    assert.deepEqual(answer(outputs, 2, { ...labelOnly, scores: "p" }), {
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
        () => written(outputs, 2),
        (error) =>
          error instanceof RequestError &&
          error.problem.status === 500 &&
          error.message === `The model gave ${value} in its output "y" for row 1 of the request.`,
      );
    });
  }

  it("names the model and the release that answer", () => {
    const outputs = new Map([["y", tensorOf("INT8", [1], Int8Array.of(1))]]);

    assert.equal(
      written(outputs, 1),
      '{"prediction":[1],"model":{"name":"loan-approval","version":"1.0.0"},"release":"0123456789abcdef"}',
    );
  });

  it("lists the values that the contract wants reported", () => {
    const listed = [{ pointer: "/features/0", detail: 'features[0] ("age") should be at least 18, got 1' }];
    const outputs = new Map([["y", tensorOf("INT8", [1], Int8Array.of(1))]]);
    const text = predictionWriter(labelOnly, "r")(outputs, { rows: 1, reported: { listed, count: 1 } });

    assert.deepEqual(JSON.parse(text).warnings, listed);
  });

  it("writes numbers and text as JSON.stringify does, and a tensor without dimensions as a value", () => {
    for (const [datatype, data] of [
      ["FP64", Float64Array.of(-0)],
      ["FP64", Float64Array.of(5e-324)],
      ["FP64", Float64Array.of(1.7976931348623157e308)],
      ["FP32", Float32Array.of(0.1)],
      ["BYTES", ['"\\\n\u2028']],
    ] satisfies [Tensor["datatype"], Tensor["data"]][]) {
      const outputs = new Map([["y", tensorOf(datatype, [], data)]]);
      const value = JSON.stringify(data[0]);
      assert(written(outputs, 1, { ...labelOnly, task: "raw" }).startsWith(`{"prediction":${value},`), value);
    }
  });

  it("refuses another number of rows than asked", () => {
    const outputs = new Map<string, Tensor>([
      ["y", { datatype: "FP32", shape: [1], data: Float32Array.of(1) }],
    ]);

    assert.throws(() => written(outputs, 2), {
      name: "Error",
      message: 'output "y" has shape [1] for 2 rows',
    });
    assert.deepEqual(answer(outputs, 2, { ...labelOnly, task: "raw" }), { prediction: [1] });
  });
});

describe("toScalars", () => {
  it("gives values as JSON has them, row-major", () => {
    const half = tensorOf("FP16", [2, 1], Uint16Array.of(0x3c00, 0xc000));

    assert.deepEqual(toScalars("y", half), [1, -2]);
  });
});
