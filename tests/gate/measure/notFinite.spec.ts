import assert from "node:assert/strict";
import type { TensorData } from "../../../contract/tensors.ts";
import { notFinite } from "../../../gate/measure/notFinite.ts";

const found = (shape: readonly number[], data: TensorData, type = "float32") =>
  notFinite("y", { shape, data }, type);
const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

describe("notFinite", () => {
  for (const { fact, shape, data, type, says } of [
    {
      fact: "counts values, and names each row once",
      shape: [3, 2],
      data: Float32Array.of(1, 2, NAN, INFINITE, 5, -INFINITE),
      says: { output: "y", count: 3, value: "NaN", rows: [1, 2] },
    },
    {
      fact: "names the first value",
      shape: [3],
      data: Float64Array.of(0, -INFINITE, NAN),
      type: "float64",
      says: { output: "y", count: 2, value: "-Infinity", rows: [1, 2] },
    },
    {
      fact: "takes the first dimension for the rows, however many there are",
      shape: [2, 2, 2],
      data: Float32Array.of(0, 0, 0, 0, 0, 0, 0, INFINITE),
      says: { output: "y", count: 1, value: "Infinity", rows: [1] },
    },
    {
      fact: "takes a single value for row 0",
      shape: [],
      data: Float32Array.of(NAN),
      says: { output: "y", count: 1, value: "NaN", rows: [0] },
    },
    {
      fact: "finds NaN among the bits of halves",
      shape: [3],
      data: Uint16Array.of(0x3c00, 0x7e00, 0x7c01),
      type: "float16",
      says: { output: "y", count: 2, value: "NaN", rows: [1, 2] },
    },
    {
      fact: "finds infinities among the bits of halves",
      shape: [4],
      data: Uint16Array.of(0x7bff, 0xfbff, 0xfc00, 0x7c00),
      type: "float16",
      says: { output: "y", count: 2, value: "-Infinity", rows: [2, 3] },
    },
    {
      fact: "finds nothing in numbers that are finite",
      shape: [4],
      data: Float32Array.of(0, -0, 3.4e38, 1e-45),
      says: undefined,
    },
    {
      fact: "finds nothing where there is nothing",
      shape: [0, 2],
      data: new Float32Array(0),
      says: undefined,
    },
    {
      fact: "finds nothing in halves that are finite",
      shape: [3],
      data: Uint16Array.of(0, 0x8000, 0x7bff),
      type: "float16",
      says: undefined,
    },
    {
      fact: "takes integers for what they are, whatever their bits",
      shape: [2],
      data: Uint16Array.of(0x7c00, 0x7e00),
      type: "uint16",
      says: undefined,
    },
    {
      fact: "finds nothing in 64-bit integers",
      shape: [1],
      data: BigInt64Array.of(2n ** 63n - 1n),
      type: "int64",
      says: undefined,
    },
    {
      fact: "finds nothing in texts",
      shape: [2],
      data: ["NaN", "Infinity"],
      type: "string",
      says: undefined,
    },
  ])
    it(fact, () => {
      assert.deepEqual(found(shape, data, type), says);
    });

  it("names 1,024 rows at most, and counts all values", () => {
    const rows = 3000;

    assert.deepEqual(found([rows, 2], new Float32Array(2 * rows).fill(NAN)), {
      output: "y",
      count: 2 * rows,
      value: "NaN",
      rows: Array.from({ length: 1024 }, (_, i) => i),
    });
  });
});
