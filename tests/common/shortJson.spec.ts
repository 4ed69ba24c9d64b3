import assert from "node:assert/strict";
import { shortened, shortJson } from "../../common/shortJson.ts";

describe("shortJson", () => {
  for (const { value, is } of [
    { value: "a\nb", is: '"a\\nb"' },
    { value: [1, null], is: "[1,null]" },
    { value: undefined, is: "nothing" },
    { value: Infinity, is: "Infinity" },
    { value: 0.1, is: "0.1" },
  ])
    it(`is ${is}`, () => {
      assert.equal(shortJson(value), is);
    });

  it("is cut to as many characters as it may have", () => {
    assert.equal(shortJson("x".repeat(58)), `"${"x".repeat(58)}"`);
    assert.equal(shortJson("x".repeat(59)), `"${"x".repeat(56)}...`);
    assert.equal(shortJson([1, 2, 3, 4, 5], 10), "[1,2,3,...");
    assert.equal(shortened("0123456789", 10), "0123456789");
  });
});
