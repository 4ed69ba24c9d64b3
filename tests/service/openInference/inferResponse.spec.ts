import assert from "node:assert/strict";
import type { Datatype } from "../../../contract/datatypes.ts";
import type { Tensor } from "../../../contract/tensors.ts";
import { inferResponse } from "../../../service/src/openInference/inferResponse.ts";
import { contract } from "../../support/serviceApp.ts";

const wanted = (...names: string[]) => ({ outputs: names.map((name) => ({ name, binary: false })) });
const binary = (...names: string[]) => ({ outputs: names.map((name) => ({ name, binary: true })) });

describe("inferResponse", () => {
  const results = new Map<string, Tensor>([
    ["a", { datatype: "INT64", shape: [2], data: BigInt64Array.of(1n, 2n ** 60n) }],
    ["b", { datatype: "BOOL", shape: [1, 2], data: Uint8Array.of(1, 0) }],
  ]);

  it("gives the outputs that were asked for, in that order and flat", () => {
    assert.deepEqual(inferResponse({ ...wanted("b", "a"), id: "7" }, results, contract).json, {
      model_name: "loan-approval",
      model_version: "1.2.3",
      id: "7",
      outputs: [
        { name: "b", shape: [1, 2], datatype: "BOOL", data: [true, false] },
        { name: "a", shape: [2], datatype: "INT64", data: [1, "1152921504606846976"] },
      ],
    });
  });

  for (const { count, warnings } of [
    { count: 2, warnings: "a; b" },
    { count: 5, warnings: "a; b; 3 more" },
  ]) {
    it(`gives ${count} reported values, of which two are listed, as one parameter`, () => {
      const listed = ["a", "b"].map((detail) => ({ pointer: "", detail }));
      const { json } = inferResponse({ ...wanted("a"), reported: { listed, count } }, results, contract);

      assert.deepEqual((json as { parameters: unknown }).parameters, { warnings });
    });
  }

  it("gives no id where none was sent", () => {
    assert(!Object.hasOwn(inferResponse(wanted("a"), results, contract).json as object, "id"));
  });

  it("gives as bytes what was wanted so, in the order of the outputs", () => {
    const { json, binary: parts } = inferResponse(
      { outputs: [...binary("b").outputs, ...wanted("a").outputs] },
      results,
      contract,
    );
    assert.deepEqual(json, {
      model_name: "loan-approval",
      model_version: "1.2.3",
      outputs: [
        { name: "b", shape: [1, 2], datatype: "BOOL", parameters: { binary_data_size: 2 } },
        { name: "a", shape: [2], datatype: "INT64", data: [1, "1152921504606846976"] },
      ],
    });
    assert.deepEqual(parts, [Uint8Array.of(1, 0)]);
  });

  for (const { datatype, data, answer } of [
    { datatype: "FP16", data: Uint16Array.of(0x3c00, 0xb800), answer: [1, -0.5] },
    { datatype: "FP64", data: Float64Array.of(0.1), answer: [0.1] },
    { datatype: "BYTES", data: ["é"], answer: ["é"] },
    { datatype: "UINT64", data: BigUint64Array.of(5n), answer: [5] },
  ] satisfies { datatype: Datatype; data: Tensor["data"]; answer: unknown }[]) {
    it(`gives ${datatype} as ${JSON.stringify(answer)}`, () => {
      const outputs = new Map([["y", { datatype, shape: [data.length], data }]]);
      const { json } = inferResponse(wanted("y"), outputs, contract);

      assert.deepEqual((json as { outputs: { data: unknown }[] }).outputs[0]!.data, answer);
    });
  }

  for (const { datatype, data, value } of [
    { datatype: "FP32", data: Float32Array.of(1, NaN), value: "NaN" },
    { datatype: "FP16", data: Uint16Array.of(0, 0x7c00), value: "Infinity" },
  ] satisfies { datatype: Datatype; data: Tensor["data"]; value: string }[]) {
    it(`never answers ${value} of ${datatype}`, () => {
      const outputs = new Map([["y", { datatype, shape: [2], data }]]);

      for (const request of [wanted("y"), binary("y")]) {
        assert.throws(() => inferResponse(request, outputs, contract), {
          message: `The model gave ${value} in its output "y" for row 1 of the request.`,
        });
      }
    });
  }
});
