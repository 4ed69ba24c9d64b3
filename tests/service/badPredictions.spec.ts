import assert from "node:assert/strict";
import type { ServedContract } from "../../contract/contract.ts";
import type { Tensors } from "../../contract/tensors.ts";
import { type ProblemType, problem } from "../../service/src/problems/requestError.ts";
import { approvals, contract, postJson, type StartedApp, startApp } from "../support/serviceApp.ts";

/** One feature of every kind. */
const mixed: ServedContract = {
  ...contract,
  inputs: [
    {
      name: "numbers",
      datatype: "FP32",
      shape: [-1, 2],
      columns: [{ name: "income" }, { name: "age", min: 18 }],
    },
    { name: "city", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "city" }] },
    { name: "plan", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "plan", categories: ["a", "b"] }] },
    { name: "count", datatype: "INT64", shape: [-1], columns: [{ name: "count" }] },
    { name: "total", datatype: "UINT64", shape: [-1], columns: [{ name: "total" }] },
    { name: "level", datatype: "INT8", shape: [-1], columns: [{ name: "level", max: 9 }] },
    { name: "owner", datatype: "BOOL", shape: [-1], columns: [{ name: "owner" }] },
    { name: "rate", datatype: "FP16", shape: [-1], columns: [{ name: "rate" }] },
    { name: "exact", datatype: "FP64", shape: [-1], columns: [{ name: "exact" }] },
  ],
};

/** JSON of each feature. */
const GOOD = {
  income: "50000",
  age: "35",
  city: '"Oslo"',
  plan: '"a"',
  count: "7",
  total: "8",
  level: "9",
  owner: "true",
  rate: "0.5",
  exact: "0.1",
};
type Feature = keyof typeof GOOD;

/** A body of one row, with some features changed, or left out. */
const named = (changes: Partial<Record<Feature, string>> = {}, ...without: Feature[]) => {
  const cells = Object.entries({ ...GOOD, ...changes }).filter(
    ([name]) => !without.includes(name as Feature),
  );
  return `{"features":{${cells.map(([name, json]) => `"${name}":${json}`).join()}}}`;
};
const row = (changes: Partial<Record<Feature, string>> = {}) =>
  `[${Object.values({ ...GOOD, ...changes }).join()}]`;

type Bytes = string | Uint8Array;
interface Case {
  readonly name: string;
  readonly body: Bytes;
  readonly status: number;
  readonly type: ProblemType;
  readonly detail: string;
  /** Where the one fault is; unset: in no value. */
  readonly pointer?: string;
}

const notJson = (name: string, body: Bytes, detail: string): Case => ({
  name,
  body,
  status: 400,
  type: "not-json",
  detail,
});
const misfit = (name: string, body: Bytes, pointer: string, detail: string): Case => ({
  name,
  body,
  status: 422,
  type: "invalid-input",
  pointer,
  detail,
});
/** One feature at fault. */
const cell = (name: string, feature: Feature, json: string, says: string): Case =>
  misfit(name, named({ [feature]: json }), `/features/${feature}`, `features.${feature} ${says}`);
const utf8 = (...bytes: number[]) => {
  const [head = "", tail = ""] = named({ city: '"?"' }).split("?");
  return Buffer.concat([Buffer.from(head), Uint8Array.from(bytes), Buffer.from(tail)]);
};

const features = "income, age, city, plan, count, total, level, owner, rate, exact";
const finite = "must be a finite number";
const int64 =
  "must be an integer from -9223372036854775808 to 9223372036854775807 (beyond 9007199254740991 as a string)";
const uint64 = "must be an integer from 0 to 18446744073709551615 (beyond 9007199254740991 as a string)";
const int8 = "must be an integer from -128 to 127";
const text = "must be a string without U+0000 and lone surrogates";
const noUtf8 = "The body is not UTF-8.";

const CASES: readonly Case[] = [
  // No JSON.
  notJson("one byte that is no UTF-8", utf8(0xff), noUtf8),
  notJson("a surrogate in UTF-8 (CESU)", utf8(0xed, 0xa0, 0x80), noUtf8),
  notJson("an overlong slash", utf8(0xc0, 0xaf), noUtf8),
  notJson("a character that is cut", utf8(0xe2, 0x82), noUtf8),
  notJson(
    "UTF-16",
    Buffer.from(named(), "utf16le"),
    'Line 1, column 2: expected a key in "quotes" or }, found "\\u0000".',
  ),
  notJson(
    "a BOM and nothing else",
    "\ufeff",
    "Line 1, column 1: expected a value, found the end of the file.",
  ),
  notJson(
    "two BOMs",
    `\ufeff\ufeff${named()}`,
    "Line 1, column 1: expected a value, found a byte order mark, which JSON must not begin with.",
  ),
  notJson("spaces", "   ", "Line 1, column 4: expected a value, found the end of the file."),
  notJson("NaN", named({ income: "NaN" }), 'Line 1, column 23: expected a value, found "N".'),
  notJson("Infinity", named({ income: "Infinity" }), 'Line 1, column 23: expected a value, found "I".'),
  notJson("-Infinity", named({ income: "-Infinity" }), 'Line 1, column 23: expected a value, found "-".'),
  notJson("undefined", named({ income: "undefined" }), 'Line 1, column 23: expected a value, found "u".'),
  notJson("a number with a plus", named({ income: "+1" }), 'Line 1, column 23: expected a value, found "+".'),
  notJson(
    "a number with a leading zero",
    named({ income: "01" }),
    'Line 1, column 23: expected a value, found "0".',
  ),
  notJson(
    "a hexadecimal number",
    named({ income: "0x10" }),
    'Line 1, column 23: expected a value, found "0".',
  ),
  notJson(
    "a number that begins with its point",
    named({ income: ".5" }),
    'Line 1, column 23: expected a value, found ".".',
  ),
  notJson(
    "a number that ends with its point",
    named({ income: "5." }),
    'Line 1, column 23: expected a value, found "5".',
  ),
  notJson(
    "a big integer as JavaScript has it",
    named({ count: "7n" }),
    'Line 1, column 71: expected a value, found "7".',
  ),
  notJson(
    "a text in single quotes",
    named({ city: "'Oslo'" }),
    'Line 1, column 45: expected a value, found "\'".',
  ),
  notJson(
    "a text with a line break",
    named({ city: '"Os\nlo"' }),
    'Line 1, column 48: expected a character that a JSON string may hold, found "\\n".',
  ),
  notJson(
    "an escape that JSON does not have",
    named({ city: '"\\x41"' }),
    'Line 1, column 46: expected a character that a JSON string may hold, found "\\\\".',
  ),
  notJson(
    "a comma at the end",
    `{"features":${row()},}`,
    'Line 1, column 54: expected a key in "quotes" (no comma after the last one), found "}".',
  ),
  notJson(
    "a comment",
    `{"features":${row()}/* row */}`,
    'Line 1, column 53: expected a comma or }, found "/".',
  ),
  notJson(
    "two documents",
    `${named()}${named()}`,
    'Line 1, column 130: expected the end of the file, found "{".',
  ),
  notJson(
    "a document that is cut",
    named().slice(0, -1),
    "Line 1, column 129: expected a comma or }, found the end of the file.",
  ),

  // No features.
  misfit("null", "null", "", 'the body must be an object with "features", got null'),
  misfit("a text", '"features"', "", 'the body must be an object with "features", got "features"'),
  misfit(
    "a list",
    row(),
    "",
    'the body must be an object with "features", got [50000,35,"Oslo","a",7,8,9,true,0.5,0.1]',
  ),
  misfit("no features", "{}", "/features", "features is missing"),
  misfit(
    "features twice, of which the last counts",
    `${named().slice(0, -1)},"features":5}`,
    "/features",
    "features must be a row, a list of rows or an object of named features, got 5",
  ),
  misfit(
    "something beside the features",
    `${named().slice(0, -1)},"id":1}`,
    "/id",
    'id is unknown, a request has "features" only',
  ),
  misfit(
    "a key with a slash and a tilde",
    `${named().slice(0, -1)},"a/b~c":1}`,
    "/a~1b~0c",
    'a/b~c is unknown, a request has "features" only',
  ),
  misfit("no row", '{"features":[]}', "/features", "features must hold a row, got []"),
  misfit(
    "an empty row",
    '{"features":[[]]}',
    "/features/0",
    `features[0] has 0 values, the model takes 10: ${features}`,
  ),
  misfit(
    "a row in a row",
    `{"features":[[${row()}]]}`,
    "/features/0",
    `features[0] has 1 value, the model takes 10: ${features}`,
  ),
  misfit(
    "33 levels",
    `{"features":${"[".repeat(32)}${"]".repeat(32)}}`,
    "",
    "the body is nested deeper than 32 levels",
  ),
  misfit(
    "10,001 rows",
    `{"features":[${Array.from({ length: 10_001 }, () => row()).join()}]}`,
    "/features",
    "features has 10001 rows, at most 10000 are taken",
  ),

  // Another number of features.
  misfit(
    "one value too few",
    `{"features":[${row()},${row().replace("50000,", "")}]}`,
    "/features/1",
    `features[1] has 9 values, the model takes 10: ${features}`,
  ),
  misfit(
    "one value too many",
    `{"features":[${row().replace("50000", "50000,1")}]}`,
    "/features/0",
    `features[0] has 11 values, the model takes 10: ${features}`,
  ),
  misfit("a feature that is missing", named({}, "city"), "/features/city", "features.city is missing"),
  misfit(
    "a feature that is unknown",
    named().replace('"income"', '"x":1,"income"'),
    "/features/x",
    `features.x is unknown, the model takes ${features}`,
  ),
  misfit(
    "__proto__",
    named().replace('"income"', '"__proto__":{},"income"'),
    "/features/__proto__",
    `features.__proto__ is unknown, the model takes ${features}`,
  ),

  // Values, of each kind.
  cell("a text for a number", "income", '"1"', `${finite}, got "1"`),
  cell("null for a number", "income", "null", `${finite}, got null`),
  cell("true for a number", "income", "true", `${finite}, got true`),
  cell("a list for a number", "income", "[1]", `${finite}, got [1]`),
  cell("1e999", "income", "1e999", `${finite}, got Infinity`),
  cell("-1e999", "exact", "-1e999", `${finite}, got -Infinity`),
  cell("more than FP32 holds", "income", "3.5e38", "must be within the range of float32, got 3.5e+38"),
  cell(
    "what FP32 rounds to infinity",
    "income",
    "3.4028235677973366e38",
    "must be within the range of float32, got 3.4028235677973366e+38",
  ),
  cell("more than FP16 holds", "rate", "65520", "must be within the range of float16, got 65520"),
  cell("a number below its range", "age", "17.999", "must be at least 18, got 17.999"),
  cell("2^53 as a number", "count", "9007199254740992", `${int64}, got 9007199254740992`),
  cell("2^53 + 1 as a number", "count", "9007199254740993", `${int64}, got 9007199254740992`),
  cell("2^63 as a text", "count", '"9223372036854775808"', `${int64}, got "9223372036854775808"`),
  cell("-2^63 - 1 as a text", "count", '"-9223372036854775809"', `${int64}, got "-9223372036854775809"`),
  cell("half an integer", "count", "0.5", `${int64}, got 0.5`),
  cell("an integer with a space", "count", '" 1"', `${int64}, got " 1"`),
  cell("an integer in other digits", "count", '"١"', `${int64}, got "١"`),
  cell("2^64 as a text", "total", '"18446744073709551616"', `${uint64}, got "18446744073709551616"`),
  cell("-1 where there is no sign", "total", "-1", `${uint64}, got -1`),
  cell("more than INT8 holds", "level", "128", `${int8}, got 128`),
  cell("an integer above its range", "level", "10", "must be at most 9, got 10"),
  cell("2 for true", "owner", "2", "must be true or false, got 2"),
  cell('"true" for true', "owner", '"true"', 'must be true or false, got "true"'),
  cell("a number for a text", "city", "5", "must be a string, got 5"),
  cell("a lone surrogate", "city", '"a\\ud800b"', `${text}, got "a\\ud800b"`),
  cell("surrogates in the wrong order", "city", '"\\udc00\\ud800"', `${text}, got "\\udc00\\ud800"`),
  cell("U+0000", "city", '"a\\u0000b"', `${text}, got "a\\u0000b"`),
  cell("a category that there is not", "plan", '"c"', 'must be one of "a", "b", got "c"'),
  cell("a category of another case", "plan", '"A"', 'must be one of "a", "b", got "A"'),
];

describe("A bad request for a prediction", () => {
  const seen: Tensors[] = [];
  let app: StartedApp;
  before(async () => {
    const predictor = {
      run: async (inputs: Tensors) => {
        seen.push(inputs);
        return approvals(1);
      },
      admit: () => {},
      close: async () => {},
    };
    app = await startApp(predictor, mixed);
  });
  after(() => app.server.close().closeAllConnections());
  beforeEach(() => void seen.splice(0));

  for (const { name, body, status, type, detail, pointer } of CASES) {
    it(`with ${name} is refused`, async () => {
      const response = await postJson(`${app.url}/predict`, body);
      const errors = pointer === undefined ? [] : [{ pointer, detail }];

      assert.deepEqual(await response.json(), {
        ...problem(type, detail, errors),
        instance: `urn:slipway:request:${response.headers.get("X-Request-Id")}`,
      });
      assert.equal(response.status, status);
      assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
      assert.deepEqual(seen, []);
    });
  }

  const F32 = Float32Array;
  for (const { name, body, input, data } of [
    {
      name: "the row that all others are made of",
      body: named(),
      input: "numbers",
      data: F32.of(50_000, 35),
    },
    { name: "the same as a list", body: `{"features":${row()}}`, input: "numbers", data: F32.of(50_000, 35) },
    { name: "a BOM", body: `\ufeff${named()}`, input: "numbers", data: F32.of(50_000, 35) },
    {
      name: "a feature twice, of which the last counts",
      body: named().replace('"income"', '"income":"x","income"'),
      input: "numbers",
      data: F32.of(50_000, 35),
    },
    { name: "-0", body: named({ exact: "-0" }), input: "exact", data: Float64Array.of(-0) },
    {
      name: "the smallest number there is",
      body: named({ exact: "5e-324" }),
      input: "exact",
      data: Float64Array.of(Number.MIN_VALUE),
    },
    {
      name: "a subnormal FP32",
      body: named({ income: "1e-45" }),
      input: "numbers",
      data: F32.of(2 ** -149, 35),
    },
    {
      name: "a number too small for FP32",
      body: named({ income: "1e-46" }),
      input: "numbers",
      data: F32.of(0, 35),
    },
    {
      name: "2^53 + 1 as a text",
      body: named({ count: '"9007199254740993"' }),
      input: "count",
      data: BigInt64Array.of(2n ** 53n + 1n),
    },
    {
      name: "2^64 - 1 as a text",
      body: named({ total: '"18446744073709551615"' }),
      input: "total",
      data: BigUint64Array.of(2n ** 64n - 1n),
    },
    {
      name: "what stands for what is not UTF-8",
      body: named({ city: '"\ufffd"' }),
      input: "city",
      data: ["\ufffd"],
    },
    { name: "a pair of surrogates", body: named({ city: '"\\ud83d\\ude00"' }), input: "city", data: ["😀"] },
  ]) {
    it(`is not one with ${name}`, async () => {
      const response = await postJson(`${app.url}/predict`, body);

      assert.equal(response.status, 200);
      assert.deepEqual(
        seen.map((inputs) => inputs.get(input)!.data),
        [data],
      );
    });
  }
});
