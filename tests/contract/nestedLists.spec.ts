import assert from "node:assert/strict";
import { fromNestedLists } from "../../contract/nestedLists.ts";

describe("fromNestedLists", () => {
  for (const { nested, shape, data } of [
    {
      nested: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      shape: [2, 3],
      data: [1, 2, 3, 4, 5, 6],
    },
    { nested: ["a", "b"], shape: [2], data: ["a", "b"] },
    { nested: 7, shape: [], data: [7] },
    { nested: [], shape: [0], data: [] },
    { nested: [[], []], shape: [2, 0], data: [] },
  ])
    it(`takes ${JSON.stringify(nested)} for the shape [${shape}]`, () => {
      assert.deepEqual(fromNestedLists(nested), { shape, data });
    });
});
