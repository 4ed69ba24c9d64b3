import assert from "node:assert/strict";
import type { Datatype } from "../../../contract/datatypes.ts";
import { difference, inferBody, title } from "../../../service/src/golden/goldenRequest.ts";
import { inferReader } from "../../../service/src/openInference/inferRequest.ts";
import { contract } from "../../support/serviceApp.ts";

const request = {
  name: "A clear yes",
  inputs: {
    features: [
      [1, 20, 3],
      [4, 50, 6],
    ],
  },
  outputs: {
    label: [1, 0],
    probabilities: [
      [0.25, 0.75],
      [0.5, 0.1],
    ],
  },
};
const label = { name: "label", shape: [2], datatype: "INT64", data: [1, 0] };
const probabilities = {
  name: "probabilities",
  shape: [2, 2],
  datatype: "FP32",
  data: [0.25, 0.75, 0.5, Math.fround(0.1)],
};

describe("inferBody", () => {
  it("is a request that the service takes", () => {
    const { tensors, outputs } = inferReader(contract)(inferBody(request, contract));

    assert.deepEqual(outputs, [
      { name: "label", binary: false },
      { name: "probabilities", binary: false },
    ]);
    assert.deepEqual(
      tensors,
      new Map([["features", { datatype: "FP32", shape: [2, 3], data: Float32Array.of(1, 20, 3, 4, 50, 6) }]]),
    );
  });

  it("keeps the digits of an integer that no number holds", () => {
    const ids = {
      ...contract,
      inputs: [{ name: "x", datatype: "INT64" as const, shape: [-1] }],
      outputs: [{ name: "y", datatype: "INT64" as const, shape: [-1] }],
    };
    const asked = { inputs: { x: ["9007199254740993", 7] }, outputs: { y: ["9007199254740993", 7] } };
    const { tensors } = inferReader(ids)(inferBody(asked, ids));
    const found = { name: "y", shape: [2], datatype: "INT64" };

    assert.deepEqual(tensors.get("x")?.data, BigInt64Array.of(9007199254740993n, 7n));
    assert.equal(
      difference(asked, { outputs: [{ ...found, data: ["9007199254740993", 7] }] }, ids, 0),
      undefined,
    );
    assert.equal(
      difference(asked, { outputs: [{ ...found, data: ["9007199254740992", 7] }] }, ids, 0),
      'y[0] is "9007199254740992", and "9007199254740993" was expected',
    );
  });

  it("has a single value for a tensor without dimensions", () => {
    const model = { ...contract, inputs: [{ name: "x", datatype: "BYTES" as const, shape: [] }] };

    assert.deepEqual(inferBody({ inputs: { x: "text" }, outputs: { label: [1] } }, model), {
      inputs: [{ name: "x", datatype: "BYTES", shape: [], data: ["text"] }],
      outputs: [{ name: "label" }],
    });
  });
});

describe("title", () => {
  it("counts from one and cuts a long name", () => {
    assert.equal(title(request, 1), "Golden request 2 (A clear yes)");
    assert.equal(title({ inputs: {}, outputs: {} }, 0), "Golden request 1");
    assert.equal(
      title({ name: "x".repeat(80), inputs: {}, outputs: {} }, 0),
      `Golden request 1 (${"x".repeat(57)}...)`,
    );
  });
});

const of = (...outputs: unknown[]) => difference(request, { outputs }, contract, 0);

describe("difference", () => {
  it("finds none if all is as expected, in any order", () => {
    assert.equal(of(probabilities, label), undefined);
  });

  for (const { outputs, says } of [
    { outputs: [label], says: "probabilities was not answered" },
    { outputs: [null, 5, { name: "label" }], says: "label was not answered" },
    {
      outputs: [{ ...label, datatype: "INT32" }, probabilities],
      says: "label is INT32, and INT64 was expected",
    },
    {
      outputs: [{ ...label, shape: [2, 1] }, probabilities],
      says: "label has the shape [2,1], and [2] was expected",
    },
    { outputs: [{ ...label, data: [1] }, probabilities], says: "label[1] is nothing, and 0 was expected" },
    { outputs: [{ ...label, data: [0, 1] }, probabilities], says: "label[0] is 0, and 1 was expected" },
    {
      outputs: [label, { ...probabilities, data: [0.25, 0.75, 0.25, 0.1] }],
      says: "probabilities[1][0] is 0.25, and 0.5 was expected, within 0",
    },
    {
      outputs: [label, { ...probabilities, data: [0.25, null, 0.5, 0.1] }],
      says: "probabilities[0][1] is null, and 0.75 was expected, within 0",
    },
  ]) {
    it(`says: ${says}`, () => {
      assert.equal(of(...outputs), says);
    });
  }

  it("looks only at the outputs that are expected", () => {
    assert.equal(
      difference({ ...request, outputs: { label: [1, 0] } }, { outputs: [label] }, contract, 0),
      undefined,
    );
  });

  for (const answer of [null, {}, { outputs: {} }]) {
    it(`finds nothing answered in ${JSON.stringify(answer)}`, () => {
      assert.equal(difference(request, answer, contract, 0), "label was not answered");
    });
  }

  for (const { datatype, expected, near, far } of [
    { datatype: "FP64", expected: 1, near: [0.75, 1.25], far: [0.74, 1.26, "1", null, true] },
    { datatype: "FP32", expected: 0.1, near: [Math.fround(0.1) + 0.25], far: [0.4] },
    { datatype: "FP16", expected: 100.1, near: [100.125], far: [100.5] },
    { datatype: "INT64", expected: 1, near: [1, "1"], far: [1.1, 0, "01", true] },
    {
      datatype: "INT64",
      expected: "9007199254740993",
      near: ["9007199254740993"],
      far: ["9007199254740992"],
    },
    { datatype: "UINT8", expected: 1, near: [1], far: [1.2, 2] },
    { datatype: "BOOL", expected: true, near: [true], far: [false, 1] },
    { datatype: "BOOL", expected: 0, near: [false], far: [true, 0] },
    { datatype: "BYTES", expected: "1", near: ["1"], far: [1, "1 "] },
  ] satisfies { datatype: Datatype; expected: unknown; near: unknown[]; far: unknown[] }[]) {
    it(`takes for ${datatype} ${JSON.stringify(expected)} within 0.25 ${JSON.stringify(near)}, not ${JSON.stringify(far)}`, () => {
      const model = { ...contract, outputs: [{ name: "y", datatype, shape: [] }] };
      const same = (found: unknown) =>
        difference(
          { inputs: {}, outputs: { y: expected } },
          { outputs: [{ name: "y", shape: [], datatype, data: [found] }] },
          model,
          0.25,
        ) === undefined;

      assert.deepEqual(near.filter(same), near);
      assert.deepEqual(far.filter(same), []);
    });
  }
});
