import assert from "node:assert/strict";
import { safeMarkdown } from "../../../gate/render/safeMarkdown.ts";

describe("safeMarkdown", () => {
  // · stands for the zero-width space that hides a reference from GitHub.
  for (const { of, text, is } of [
    {
      of: "plain words and column names",
      text: "credit_score is 0.9, at least 1",
      is: "credit_score is 0.9, at least 1",
    },
    {
      of: "emphasis",
      text: "**a** __b__ _c_ ~~d~~",
      is: "\\*\\*a\\*\\* \\_\\_b\\_\\_ \\_c\\_ \\~\\~d\\~\\~",
    },
    { of: "HTML", text: "<img src=x onerror=alert(1)>", is: "&lt;img src=x onerror=alert(1)&gt;" },
    { of: "comments", text: "<!-- a -->", is: "&lt;!-- a --&gt;" },
    { of: "entities", text: "&lt; &#64;", is: "&amp;lt; &amp;#·64;" },
    { of: "code", text: "```a` ", is: "&#96;&#96;&#96;a&#96;" },
    { of: "pipes, escaped or not", text: "a|b\\|c", is: "a&#124;b&#92;&#124;c" },
    { of: "line breaks and what they would begin", text: "a\n\n# b\n- c", is: "a # b - c" },
    { of: "links and pictures", text: "![a](http://b.de)", is: "!\\[a\\](http:·//b.de)" },
    { of: "footnotes and references", text: "[^1] [a][b]", is: "\\[^1\\] \\[a\\]\\[b\\]" },
    { of: "bare links", text: "https://a.de www.b.de WWW.c.de", is: "https:·//a.de www·.b.de WWW·.c.de" },
    { of: "mentions", text: "@team @acme/team", is: "@·team @·acme/team" },
    { of: "addresses", text: "a@b.com", is: "a@·b.com" },
    { of: "issues", text: "#12 a/b#3 GH-4 gh-5", is: "#·12 a/b#·3 GH-·4 gh-·5" },
    { of: "emoji by name", text: ":white_check_mark:", is: ":·white_check_mark:" },
    { of: "formulas", text: "$x$", is: "<span>$</span>x<span>$</span>" },
    { of: "terminal sequences", text: "\u001b[31m", is: "&#92;u001b\\[31m" },
  ])
    it(`shows ${of} as written`, () => {
      assert.equal(safeMarkdown(text).replaceAll("\u200b", "·"), is);
    });

  it("keeps 1,000 characters", () => {
    assert.equal(safeMarkdown("x".repeat(1000)), "x".repeat(1000));
    assert.equal(safeMarkdown("x".repeat(1001)), `${"x".repeat(999)}…`);
  });

  it("cuts no entity and no character in two", () => {
    assert.equal(safeMarkdown("$".repeat(1001)), `${"<span>$</span>".repeat(62)}…`);
    assert.equal(safeMarkdown("👍".repeat(600)), `${"👍".repeat(499)}…`);
  });
});
