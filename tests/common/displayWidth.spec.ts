import assert from "node:assert/strict";
import { cut, displayWidth, fill, wrap } from "../../common/displayWidth.ts";

describe("displayWidth", () => {
  for (const { text, width } of [
    { text: "", width: 0 },
    { text: "age < 25", width: 8 },
    { text: "café", width: 4 },
    { text: "cafe\u0301", width: 4 },
    { text: "年齢", width: 4 },
    { text: "한글", width: 4 },
    { text: "ﾃｽﾄ", width: 3 },
    { text: "👍🏽", width: 2 },
    { text: "👨‍👩‍👧", width: 2 },
    { text: "⚠", width: 1 },
    { text: "⚠️", width: 2 },
    { text: "≥ ✔ – …", width: 7 },
  ])
    it(`of ${JSON.stringify(text)} is ${width}`, () => {
      assert.equal(displayWidth(text), width);
    });
});

describe("cut", () => {
  for (const { text, width, is } of [
    { text: "credit", width: 6, is: "credit" },
    { text: "credits", width: 6, is: "credi…" },
    { text: "年齢年齢", width: 8, is: "年齢年齢" },
    { text: "年齢年齢年", width: 8, is: "年齢年…" },
    { text: "年齢年齢年", width: 7, is: "年齢年…" },
    { text: "e\u0301e\u0301e\u0301", width: 2, is: "e\u0301…" },
    { text: "👨‍👩‍👧👨‍👩‍👧", width: 3, is: "👨‍👩‍👧…" },
  ])
    it(`of ${JSON.stringify(text)} to ${width} columns is ${JSON.stringify(is)}`, () => {
      assert.equal(cut(text, width), is);
    });
});

describe("fill", () => {
  it("fills up to the width in columns, at either side", () => {
    assert.deepEqual([fill("年", 4), fill("年", 4, "right"), fill("年齢年", 4)], ["年  ", "  年", "年… "]);
  });
});

describe("wrap", () => {
  it("breaks between pieces, and leaves one that is too long whole", () => {
    assert.deepEqual(wrap(["to", "be", "or", "model/a-long-path.csv", "not"], 8), [
      "to be or",
      "model/a-long-path.csv",
      "not",
    ]);
  });
});
