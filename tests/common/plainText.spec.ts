import assert from "node:assert/strict";
import { plainText, withTexts } from "../../common/plainText.ts";

describe("plainText", () => {
  for (const { fact, text, is } of [
    {
      fact: "leaves ordinary text of any script",
      text: "年齢 ≥ 25, café 👨‍👩‍👧",
      is: "年齢 ≥ 25, café 👨‍👩‍👧",
    },
    { fact: "makes one line", text: "\n one\r\n  two\tthree\n", is: "one two three" },
    { fact: "spells out terminal sequences", text: "\u001b[31mred\u009b", is: "\\u001b[31mred\\u009b" },
    { fact: "spells out what reorders text", text: "a\u202eb\u2066c", is: "a\\u202eb\\u2066c" },
    { fact: "spells out what is not seen", text: "age\u200b\ufeffs", is: "age\\u200b\\ufeffs" },
    { fact: "spells out half of a character", text: "a\ud83d", is: "a\\ud83d" },
    { fact: "cuts what is too long", text: "x".repeat(2001), is: `${"x".repeat(1999)}…` },
  ])
    it(fact, () => {
      assert.equal(plainText(text), is);
    });
});

describe("withTexts", () => {
  it("changes every text, however deep, and nothing else but numbers that are not finite", () => {
    assert.deepEqual(
      withTexts({ a: "x", b: [{ c: "y", d: 1, e: true }], f: Number.NaN }, (text) => `${text}!`),
      { a: "x!", b: [{ c: "y!", d: 1, e: true }], f: null },
    );
  });
});
