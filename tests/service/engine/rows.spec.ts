import assert from "node:assert/strict";
import type { Tensor, Tensors } from "../../../contract/tensors.ts";
import { cutRows, joinRows, putRows, roomFor } from "../../../service/src/engine/rows.ts";

const numbers = (shape: number[], ...data: number[]): Tensor => ({
  datatype: "FP32",
  shape,
  data: Float32Array.from(data),
});
const texts = (...data: string[]): Tensor => ({ datatype: "BYTES", shape: [data.length, 1], data });
const grid: Tensors = new Map([
  ["x", numbers([3, 2], 1, 2, 3, 4, 5, 6)],
  ["city", texts("a", "b", "c")],
]);
/** Counts up, 100 to a row. */
const wide = (first: number, rows: number): Tensors =>
  new Map([["x", numbers([rows, 100], ...Array.from({ length: rows * 100 }, (_, i) => first + i))]]);

describe("joinRows", () => {
  it("puts rows of all tensors one after another", () => {
    const other: Tensors = new Map([
      ["x", numbers([1, 2], 7, 8)],
      ["city", texts("d")],
    ]);

    assert.deepEqual(
      joinRows([
        { tensors: grid, from: 1, to: 3 },
        { tensors: other, from: 0, to: 1 },
      ]),
      new Map([
        ["x", numbers([3, 2], 3, 4, 5, 6, 7, 8)],
        ["city", texts("b", "c", "d")],
      ]),
    );
  });

  it("joins rows of many elements", () => {
    assert.deepEqual(
      joinRows([
        { tensors: wide(-100, 3), from: 1, to: 3 },
        { tensors: wide(200, 1), from: 0, to: 1 },
      ]),
      wide(0, 3),
    );
  });

  it("joins tensors of one dimension", () => {
    const labels: Tensors = new Map([
      ["y", { datatype: "INT64", shape: [2], data: BigInt64Array.of(1n, 2n) }],
    ]);

    assert.deepEqual(
      joinRows([
        { tensors: labels, from: 0, to: 2 },
        { tensors: labels, from: 1, to: 2 },
      ]),
      new Map([["y", { datatype: "INT64", shape: [3], data: BigInt64Array.of(1n, 2n, 2n) }]]),
    );
  });
});

describe("cutRows", () => {
  it("gives views of some rows", () => {
    const cut = cutRows({ tensors: grid, from: 1, to: 2 });

    assert.deepEqual(
      cut,
      new Map([
        ["x", numbers([1, 2], 3, 4)],
        ["city", texts("b")],
      ]),
    );
    assert.equal((cut.get("x")!.data as Float32Array).buffer, (grid.get("x")!.data as Float32Array).buffer);
  });

  it("gives the tensor itself where all its rows are wanted", () => {
    assert.equal(cutRows({ tensors: grid, from: 0, to: 3 }).get("x"), grid.get("x"));
  });
});

describe("putRows", () => {
  it("fills room of more rows", () => {
    const part = cutRows({ tensors: grid, from: 0, to: 1 });
    const whole = roomFor(part, 3);
    putRows(part, whole, 1);

    assert.deepEqual(
      whole,
      new Map([
        ["x", numbers([3, 2], 0, 0, 1, 2, 0, 0)],
        ["city", texts("", "a", "")],
      ]),
    );
  });
});
