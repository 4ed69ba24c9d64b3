import assert from "node:assert/strict";
import { DATATYPES, type Datatype } from "../../contract/datatypes.ts";
import { heldAs, limitsHeldAs, rangeOf } from "../../contract/heldAs.ts";

describe("heldAs", () => {
  it("rounds to float32 for FP32", () => {
    assert.equal(heldAs("FP32")(0.3602), 0.3601999878883362);
    assert.equal(heldAs("FP32")(0.3601999878883362), 0.3601999878883362);
    assert.equal(heldAs("FP32")(16_777_217), 16_777_216);
    assert.equal(heldAs("FP32")(1e39), Number.POSITIVE_INFINITY);
  });

  it("leaves a number as it is for any other datatype", () => {
    for (const datatype of DATATYPES)
      if (datatype !== "FP32")
        for (const value of [0.3602, 2 ** 53 - 1, -7, 1e308])
          assert.equal(heldAs(datatype)(value), value, datatype);
  });
});

describe("rangeOf", () => {
  for (const [datatype, lowest, highest] of [
    ["BOOL", 0, 1],
    ["UINT8", 0, 255],
    ["UINT16", 0, 65_535],
    ["UINT32", 0, 4_294_967_295],
    ["UINT64", 0, Number.MAX_SAFE_INTEGER],
    ["INT8", -128, 127],
    ["INT16", -32_768, 32_767],
    ["INT32", -2_147_483_648, 2_147_483_647],
    ["INT64", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["FP16", -65_504, 65_504],
    ["FP32", -3.4028234663852886e38, 3.4028234663852886e38],
    ["FP64", -Number.MAX_VALUE, Number.MAX_VALUE],
  ] as const)
    it(`is from ${lowest} to ${highest} for ${datatype}`, () => {
      assert.deepEqual(rangeOf(datatype), [lowest, highest]);
    });

  it("ends at the largest float32, beyond which there is only infinity", () => {
    const [, highest] = rangeOf("FP32");

    assert.equal(Math.fround(highest), highest);
    assert.equal(Math.fround(highest * (1 + 2 ** -24)), Number.POSITIVE_INFINITY);
  });
});

describe("limitsHeldAs", () => {
  for (const [datatype, column, held] of [
    ["FP32", { min: 0.3602, max: 0.1 }, { min: 0.3601999878883362, max: 0.10000000149011612 }],
    // Taken as it is written, since float32 would shut it out.
    ["FP32", { min: 0.1, max: 0.3602 }, { min: 0.1, max: 0.3602 }],
    ["FP32", { categories: [0.1, 2, 0.1] }, { categories: [0.1, 0.10000000149011612, 2] }],
    ["FP64", { min: 0.3602, categories: [0.1] }, { min: 0.3602, categories: [0.1] }],
    ["INT64", { min: -5, max: 5 }, { min: -5, max: 5 }],
    ["BYTES", { categories: ["0.1", "b"] }, { categories: ["0.1", "b"] }],
    ["FP32", { max: 0 }, { max: 0 }],
    ["FP32", {}, {}],
  ] satisfies [Datatype, object, object][])
    it(`makes ${JSON.stringify(held)} of ${JSON.stringify(column)} for ${datatype}`, () => {
      assert.deepEqual(limitsHeldAs(datatype, column), held);
    });

  it("changes nothing of what it is given", () => {
    const column = { min: 0.1, categories: [0.1] };
    limitsHeldAs("FP32", column);

    assert.deepEqual(column, { min: 0.1, categories: [0.1] });
  });
});
