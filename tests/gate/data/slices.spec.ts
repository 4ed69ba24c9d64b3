import assert from "node:assert/strict";
import { sliceRows, sliceText } from "../../../gate/data/slices.ts";

const holdout = {
  rows: 5,
  columns: {
    age: Float64Array.of(24, 25, 30, 39.5, 40),
    region: ["north", "south", "", "north", "east"],
    code: ["1", "2", "x", "1", "2"],
  },
};

describe("A slice", () => {
  for (const { where, text, rows } of [
    { where: { age: { below: 25 } }, text: "age < 25", rows: [0] },
    { where: { age: { from: 25 } }, text: "age >= 25", rows: [1, 2, 3, 4] },
    { where: { age: { from: 25, below: 40 } }, text: "25 <= age < 40", rows: [1, 2, 3] },
    { where: { age: { in: [30, 40] } }, text: "age is 30 or 40", rows: [2, 4] },
    { where: { age: { in: ["30"] } }, text: 'age is "30"', rows: [2] },
    { where: { region: { in: ["north", ""] } }, text: 'region is "north" or ""', rows: [0, 2, 3] },
    { where: { code: { in: [1] } }, text: "code is 1", rows: [0, 3] },
    {
      where: { age: { below: 39 }, region: { in: ["north"] } },
      text: 'age < 39 and region is "north"',
      rows: [0],
    },
    { where: { age: { below: 0 } }, text: "age < 0", rows: [] },
  ]) {
    it(`is called ${text}, and holds the rows that meet all its conditions`, () => {
      assert.equal(sliceText({ where }), text);
      assert.deepEqual(sliceRows({ where }, holdout), Int32Array.from(rows));
    });
  }
});
