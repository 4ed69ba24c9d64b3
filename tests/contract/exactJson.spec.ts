import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseExactJson, withoutMark } from "../../contract/exactJson.ts";

describe("withoutMark", () => {
  for (const [text, without] of [
    ["\ufeff{}", "{}"],
    ["{}", "{}"],
    ["", ""],
    ["\ufeff", ""],
    ['"\ufeff"', '"\ufeff"'],
    ["\ufeff\ufeff1", "\ufeff1"],
  ] as const)
    it(`makes ${JSON.stringify(without)} of ${JSON.stringify(text)}`, () => {
      assert.equal(withoutMark(text), without);
    });
});

const nested = (depth: number) => `${"[".repeat(depth)}"${"[".repeat(99)}"${"]".repeat(depth)}`;

describe("parseExactJson", () => {
  for (const [text, value] of [
    ["9007199254740991", 9007199254740991],
    ["9007199254740992", 2n ** 53n],
    ["9007199254740993", 2n ** 53n + 1n],
    ["-9007199254740993", -(2n ** 53n) - 1n],
    ["[9223372036854775807, -9223372036854775808]", [2n ** 63n - 1n, -(2n ** 63n)]],
    ["18446744073709551615", 2n ** 64n - 1n],
    ["123456789012345678901234567890", 123456789012345678901234567890n],
    [
      "[[1,9007199254740993],[2,3]]",
      [
        [1, 2n ** 53n + 1n],
        [2, 3],
      ],
    ],
    ['{"a":{"b":[9007199254740993]}}', { a: { b: [2n ** 53n + 1n] } }],
    ["1234567890123456", 1234567890123456],
    ["[0.12345678901234567890]", [0.12345678901234568]],
    ["12345678901234567890.5", 12345678901234567000],
    ["12345678901234567890e2", 1234567890123456800000],
    ["1e9007199254740993", Number.POSITIVE_INFINITY],
    ["1e-9007199254740993", 0],
    ["1E+9007199254740993", Number.POSITIVE_INFINITY],
    ['"9007199254740993"', "9007199254740993"],
    ['{"9007199254740993": 9007199254740993}', { "9007199254740993": 2n ** 53n + 1n }],
    ['["\\"9007199254740993", 9007199254740993]', ['"9007199254740993', 2n ** 53n + 1n]],
    ['["a\\\\", 9007199254740993, "b"]', ["a\\", 2n ** 53n + 1n, "b"]],
    ['"integer 5"', "integer 5"],
    ["\ufeff[1]", [1]],
    [" \n\t9007199254740993\r\n ", 2n ** 53n + 1n],
    ["null", null],
    ["true", true],
  ] as const)
    it(`reads ${text.trim()}`, () => {
      assert.deepEqual(parseExactJson(text), value);
    });

  it("reads 64 lists within each other, whatever brackets are in its texts, and refuses one more", () => {
    assert.deepEqual(parseExactJson(nested(64)), JSON.parse(nested(64)));
    assert.throws(() => parseExactJson(nested(65)), {
      name: "SyntaxError",
      message: "more than 64 arrays and objects within each other",
    });
  });

  it("keeps a text with U+0000 in front, beside long integers", () => {
    for (const text of ["\0integer 5", "\0integer", "\0"])
      assert.deepEqual(parseExactJson(JSON.stringify([text]).replace("]", ",9007199254740993]")), [
        text,
        2n ** 53n + 1n,
      ]);
  });

  it("makes the wanted value of a long integer", () => {
    const text = "[9007199254740993, 9007199254740991, [-9007199254740992]]";

    assert.deepEqual(parseExactJson(text, String), [
      "9007199254740993",
      9007199254740991,
      ["-9007199254740992"],
    ]);
  });

  it("does not let a key stand for the prototype", () => {
    const value = parseExactJson('{"__proto__": {"a": 9007199254740993}}') as object;

    assert.deepEqual(Object.keys(value), ["__proto__"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  for (const text of [
    "",
    "{",
    "[1,]",
    "9007199254740993 1",
    "09007199254740993",
    "--9007199254740993",
    "nan",
    "'a'",
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseExactJson(text), SyntaxError);
    });

  it("reads as JSON.parse does whatever has no long integer", () => {
    fc.assert(
      fc.property(
        fc.json().filter((json) => !/\d{16}/.test(json)),
        (text) => {
          assert.deepEqual(parseExactJson(text), JSON.parse(text));
        },
      ),
    );
  });

  it("reads every integer to its last digit, wherever it stands", () => {
    const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
    const text = fc.string({ unit: "binary" }).filter((word) => !word.startsWith("\0"));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, integer)), (pairs) => {
        const written = pairs.map(([word, value]) => `{"w": ${JSON.stringify(word)}, "i": ${value}}`);

        assert.deepEqual(
          parseExactJson(`[${written.join(", ")}]`),
          pairs.map(([w, value]) => ({
            w,
            i: Number.isSafeInteger(Number(value)) ? Number(value) : value,
          })),
        );
      }),
    );
  });
});
