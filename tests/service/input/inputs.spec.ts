import assert from "node:assert/strict";
import type { Datatype } from "../../../contract/datatypes.ts";
import { featureReader, MAX_ROWS } from "../../../service/src/input/inputs.ts";
import { RequestError } from "../../../service/src/problems/requestError.ts";
import { contract } from "../../support/serviceApp.ts";

const read = featureReader(contract)!;

function refusal(reader: typeof read, body: unknown): { detail: string; errors: readonly unknown[] } {
  try {
    reader(body);
  } catch (error) {
    assert(error instanceof RequestError, String(error));
    assert.equal(error.problem.status, 422);
    return { detail: error.problem.detail, errors: error.problem.errors };
  }
  assert.fail("was read");
}

/** A reader for one column named `x`. */
function single(datatype: Datatype, column: object = {}): typeof read {
  return featureReader({
    inputs: [{ name: "in", datatype, shape: [-1, 1], columns: [{ name: "x", ...column }] }],
  })!;
}

function rowsOf(count: number): number[][] {
  return Array.from({ length: count }, () => [1, 20, 3]);
}

describe("featureReader", () => {
  const row = { income: 50_000, age: 35, credit_score: 720 };
  for (const { features, rows, data } of [
    { features: [50_000, 35, 720], rows: 1, data: [50_000, 35, 720] },
    {
      features: [
        [1, 20, 3],
        [4, 50, 6],
      ],
      rows: 2,
      data: [1, 20, 3, 4, 50, 6],
    },
    { features: row, rows: 1, data: [50_000, 35, 720] },
    { features: [{ credit_score: 3, income: 1, age: 20 }, row], rows: 2, data: [1, 20, 3, 50_000, 35, 720] },
    { features: [[1, 20, 3], row], rows: 2, data: [1, 20, 3, 50_000, 35, 720] },
  ]) {
    it(`reads ${JSON.stringify(features)}`, () => {
      assert.deepEqual(read({ features }), {
        rows,
        tensors: new Map([
          ["features", { datatype: "FP32", shape: [rows, 3], data: Float32Array.from(data) }],
        ]),
      });
    });
  }

  for (const [datatype, data] of [
    ["FP32", Float32Array.of(NaN, 1)],
    ["BYTES", ["", "1"]],
  ] as const)
    it(`reads null in a column of ${datatype} that may be missing, which its limits do not bind`, () => {
      const limits = datatype === "FP32" ? { min: 0, max: 2 } : { categories: ["1"] };
      const reader = single(datatype, { missing: true, ...limits });
      const one = datatype === "FP32" ? 1 : "1";

      assert.deepEqual(reader({ features: [[null], { x: one }] }).tensors.get("in")?.data, data);
      assert.deepEqual(refusal(reader, { features: [[one], {}] }).errors, [
        { pointer: "/features/1/x", detail: "features[1].x is missing" },
      ]);
    });

  it("refuses null in any other column", () => {
    assert.deepEqual(refusal(single("FP32"), { features: [null] }).errors, [
      { pointer: "/features/0", detail: "features[0] (x) must be a finite number, got null" },
    ]);
  });

  it("spreads a row over several inputs, in the order of the contract", () => {
    const reader = featureReader({
      inputs: [
        {
          name: "grid",
          datatype: "FP64",
          shape: [-1, 2, 2],
          columns: [{ name: "a" }, { name: "b" }, { name: "c" }, { name: "d" }],
        },
        { name: "city", datatype: "BYTES", shape: [-1, 1], columns: [{ name: "city" }] },
        { name: "id", datatype: "INT64", shape: [-1], columns: [{ name: "id" }] },
      ],
    })!;

    assert.deepEqual(
      reader({
        features: [[1, 2, 3, 4, "Bonn", 5], { a: 6, b: 7, c: 8, d: 9, city: "Graz", id: "9007199254740993" }],
      }),
      {
        rows: 2,
        tensors: new Map<string, unknown>([
          ["grid", { datatype: "FP64", shape: [2, 2, 2], data: Float64Array.of(1, 2, 3, 4, 6, 7, 8, 9) }],
          ["city", { datatype: "BYTES", shape: [2, 1], data: ["Bonn", "Graz"] }],
          ["id", { datatype: "INT64", shape: [2], data: BigInt64Array.of(5n, 9007199254740993n) }],
        ]),
      },
    );
  });

  it("does not exist for an input without columns", () => {
    assert.equal(
      featureReader({
        inputs: [...contract.inputs, { name: "image", datatype: "FP32", shape: [-1, 3, 8, 8] }],
      }),
      undefined,
    );
  });

  for (const { body, pointer, detail } of [
    { body: 5, pointer: "", detail: 'the body must be an object with "features", got 5' },
    { body: [[1, 2, 3]], pointer: "", detail: 'the body must be an object with "features", got [[1,2,3]]' },
    { body: {}, pointer: "/features", detail: "features is missing" },
    {
      body: { features: [1, 20, 3], "a/b": 1 },
      pointer: "/a~1b",
      detail: 'a/b is unknown, a request has "features" only',
    },
    {
      body: { features: "1,20,3" },
      pointer: "/features",
      detail: 'features must be a row, a list of rows or an object of named features, got "1,20,3"',
    },
    {
      body: { features: null },
      pointer: "/features",
      detail: "features must be a row, a list of rows or an object of named features, got null",
    },
    { body: { features: [] }, pointer: "/features", detail: "features must hold a row, got []" },
    {
      body: { features: [[]] },
      pointer: "/features/0",
      detail: "features[0] has 0 values, the model takes 3: income, age, credit_score",
    },
    {
      body: { features: [1, 20] },
      pointer: "/features",
      detail: "features has 2 values, the model takes 3: income, age, credit_score",
    },
    {
      body: { features: [[1, 20, "2"]] },
      pointer: "/features/0/2",
      detail: 'features[0][2] (credit_score) must be a finite number, got "2"',
    },
    {
      body: { features: [1, [20], 3] },
      pointer: "/features/1",
      detail: "features[1] (age) must be a finite number, got [20]",
    },
    {
      body: { features: [null, 20, 3] },
      pointer: "/features/0",
      detail: "features[0] (income) must be a finite number, got null",
    },
    {
      body: { features: [true, 20, 3] },
      pointer: "/features/0",
      detail: "features[0] (income) must be a finite number, got true",
    },
    {
      body: { features: [[1, 20, 3], 7] },
      pointer: "/features/1",
      detail: "features[1] must be a list of 3 values or an object of named features, got 7",
    },
    {
      body: JSON.parse('{"features":[1e999,20,3]}'),
      pointer: "/features/0",
      detail: "features[0] (income) must be a finite number, got Infinity",
    },
    {
      body: { features: [3.5e38, 20, 3] },
      pointer: "/features/0",
      detail: "features[0] (income) must be within the range of float32, got 3.5e+38",
    },
    {
      body: { features: [1, 17.9, 3] },
      pointer: "/features/1",
      detail: "features[1] (age) must be at least 18, got 17.9",
    },
    {
      body: { features: { income: 1, age: 20 } },
      pointer: "/features/credit_score",
      detail: "features.credit_score is missing",
    },
    {
      body: { features: [{ income: 1, age: 20, credit_score: 3, city: "Bonn" }] },
      pointer: "/features/0/city",
      detail: "features[0].city is unknown, the model takes income, age, credit_score",
    },
    {
      body: JSON.parse('{"features":{"income":1,"age":20,"credit_score":3,"__proto__":{"x":1}}}'),
      pointer: "/features/__proto__",
      detail: "features.__proto__ is unknown, the model takes income, age, credit_score",
    },
  ]) {
    it(`refuses ${JSON.stringify(body)}: ${detail}`, () => {
      assert.deepEqual(refusal(read, body), { detail, errors: [{ pointer, detail }] });
    });
  }

  it("takes no inherited property for a feature", () => {
    const reader = featureReader({
      inputs: [{ name: "in", datatype: "FP32", shape: [-1, 1], columns: [{ name: "constructor" }] }],
    })!;

    assert.equal(refusal(reader, { features: {} }).detail, "features.constructor is missing");
  });

  it("names every cell at fault", () => {
    assert.deepEqual(refusal(read, { features: [["a", 20, 3], { income: 1, age: 2, credit: 3 }, [1]] }), {
      detail: "5 values do not fit the model",
      errors: [
        { pointer: "/features/0/0", detail: 'features[0][0] (income) must be a finite number, got "a"' },
        { pointer: "/features/1/age", detail: "features[1].age must be at least 18, got 2" },
        { pointer: "/features/1/credit_score", detail: "features[1].credit_score is missing" },
        {
          pointer: "/features/1/credit",
          detail: "features[1].credit is unknown, the model takes income, age, credit_score",
        },
        {
          pointer: "/features/2",
          detail: "features[2] has 1 value, the model takes 3: income, age, credit_score",
        },
      ],
    });
  });

  it("lists the first 20 faults and counts the rest", () => {
    const { detail, errors } = refusal(read, { features: Array.from({ length: 1000 }, () => [1, 20, null]) });

    assert.equal(detail, "1000 values do not fit the model; the first 20 are listed");
    assert.equal(errors.length, 20);
  });

  it(`takes ${MAX_ROWS} rows and no more`, () => {
    assert.equal(read({ features: rowsOf(MAX_ROWS) }).rows, MAX_ROWS);
    assert.equal(
      refusal(read, { features: rowsOf(MAX_ROWS + 1) }).detail,
      "features has 10001 rows, at most 10000 are taken",
    );
  });

  for (const [what, open, close] of [
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ] as const) {
    it(`refuses 100,000 nested ${what}, as it does 33`, () => {
      for (const { levels, before, after } of [
        { levels: 32, before: '{"features":', after: "}" },
        { levels: 100_000, before: '{"features":', after: "}" },
        { levels: 100_000, before: "", after: "" },
      ]) {
        const body = `${before}${open.repeat(levels)}1${close.repeat(levels)}${after}`;
        assert.equal(refusal(read, JSON.parse(body)).detail, "the body is nested deeper than 32 levels");
      }
    });
  }

  const integer = "must be an integer from";
  const long = "(beyond 9007199254740991 as a string)";
  for (const { reader, takes, refuses, says } of [
    {
      reader: single("INT8"),
      takes: [-128, 127],
      refuses: [-129, 128, 0.5, "1", null],
      says: `${integer} -128 to 127`,
    },
    { reader: single("UINT8"), takes: [0, 255], refuses: [-1, 256], says: `${integer} 0 to 255` },
    { reader: single("INT16"), takes: [-32768, 32767], refuses: [32768], says: `${integer} -32768 to 32767` },
    { reader: single("UINT16"), takes: [65535], refuses: [65536], says: `${integer} 0 to 65535` },
    {
      reader: single("INT32"),
      takes: [-2147483648],
      refuses: [2147483648],
      says: `${integer} -2147483648 to 2147483647`,
    },
    {
      reader: single("UINT32"),
      takes: [4294967295],
      refuses: [4294967296],
      says: `${integer} 0 to 4294967295`,
    },
    {
      reader: single("INT64"),
      takes: [-9007199254740991, "9223372036854775807"],
      refuses: [2 ** 53, "9223372036854775808", "1.5", "0x10", "", "1e3"],
      says: `${integer} -9223372036854775808 to 9223372036854775807 ${long}`,
    },
    {
      reader: single("UINT64"),
      takes: [0, "18446744073709551615"],
      refuses: [-1, "-1"],
      says: `${integer} 0 to 18446744073709551615 ${long}`,
    },
    { reader: single("FP64"), takes: [1e308], refuses: ["1", Infinity], says: "must be a finite number" },
    { reader: single("BYTES"), takes: ["", "é"], refuses: [1, null], says: "must be a string" },
    {
      reader: single("INT64", { min: 2, max: 4 }),
      takes: [2, 4, "3"],
      refuses: [1, "1"],
      says: "must be at least 2",
    },
    { reader: single("FP32", { max: 4 }), takes: [4], refuses: [4.5], says: "must be at most 4" },
    // Each limit as FP32 has it, and the next number on the other side.
    {
      reader: single("FP32", { min: 0.3602 }),
      takes: [0.3601999878883362],
      refuses: [0.3601999580860138],
      says: "must be at least 0.3602",
    },
    {
      reader: single("FP32", { max: 0.1 }),
      takes: [0.10000000149011612],
      refuses: [0.10000000894069672],
      says: "must be at most 0.1",
    },
    {
      reader: single("FP32", { categories: [0.1, 2] }),
      takes: [0.10000000149011612, 2],
      refuses: [0.10000000894069672, 0],
      says: "must be one of 0.1, 2",
    },
    {
      reader: single("FP64", { min: 0.3602 }),
      takes: [0.3602],
      refuses: [0.3601999878883362],
      says: "must be at least 0.3602",
    },
    {
      reader: single("BYTES", { categories: ["a", "b"] }),
      takes: ["a"],
      refuses: ["c", "A"],
      says: 'must be one of "a", "b"',
    },
    {
      reader: single("INT64", { categories: [1, 5] }),
      takes: [5, "1"],
      refuses: [2],
      says: "must be one of 1, 5",
    },
  ]) {
    it(`takes ${JSON.stringify(takes)} where a value ${says}`, () => {
      for (const value of takes) {
        const [tensor] = reader({ features: { x: value } }).tensors.values();
        assert.equal(String(tensor!.data[0]), String(value));
      }
      for (const value of refuses) {
        const got = typeof value === "number" ? String(value) : JSON.stringify(value);
        assert.equal(refusal(reader, { features: { x: value } }).detail, `features.x ${says}, got ${got}`);
      }
    });
  }

  it("takes limits and categories of FP32 as they are written", () => {
    for (const [column, value] of [
      [{ min: 0.3602 }, 0.3602],
      [{ max: 0.1 }, 0.1],
      [{ categories: [0.1] }, 0.1],
    ] as const) {
      const [tensor] = single("FP32", column)({ features: { x: value } }).tensors.values();

      assert.deepEqual(tensor!.data, Float32Array.of(value));
    }
  });

  it("warns of the same numbers where the contract only wants that", () => {
    const reader = featureReader({
      inputs: [
        {
          name: "in",
          datatype: "FP32",
          shape: [-1, 1],
          outOfRange: "report",
          columns: [{ name: "x", min: 0.3602 }],
        },
      ],
    })!;

    assert.equal(reader({ features: { x: 0.3601999878883362 } }).reported, undefined);
    assert.deepEqual(
      { ...reader({ features: { x: 0.3601999580860138 } }).reported },
      {
        count: 1,
        listed: [
          { pointer: "/features/x", detail: "features.x should be at least 0.3602, got 0.3601999580860138" },
        ],
      },
    );
  });
});
