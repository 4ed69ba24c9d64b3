import assert from "node:assert/strict";
import {
  type Arbitrary,
  array,
  boolean,
  assert as check,
  constant,
  constantFrom,
  double,
  integer,
  oneof,
  property,
  record,
  tuple,
} from "fast-check";
import { Check } from "typebox/value";
import type { Column } from "../../../contract/contract.ts";
import { DATATYPES, type Datatype } from "../../../contract/datatypes.ts";
import { cellReader } from "../../../service/src/input/cells.ts";
import { givenCell } from "../../../service/src/openApi/cellSchemas.ts";

/** Numbers at and around every limit that a datatype or a column may have. */
const number = oneof(
  integer({ min: -300, max: 300 }),
  double({ noNaN: true, noDefaultInfinity: true }),
  tuple(
    constantFrom(7, 8, 15, 16, 31, 32, 52, 53, 127, 128),
    constantFrom(-1, 1),
    constantFrom(-1, 0, 1),
  ).map(([power, sign, step]) => sign * 2 ** power + step),
  constantFrom(
    65_519.9,
    65_520,
    3.4028235677973366e38,
    3.402823567797336e38,
    -3.4028235677973366e38,
    -3.402823567797336e38,
  ),
);
type Limits = Omit<Column, "name">;
const column: Arbitrary<Limits> = record(
  { min: number, max: number, categories: array(number, { minLength: 1 }) },
  { requiredKeys: [] },
).filter(({ min, max }) => min === undefined || max === undefined || min <= max);

describe("givenCell", () => {
  const bounded: readonly (readonly [Datatype, Limits])[] = [
    ["FP32", { min: 0, max: 1 }],
    ["FP64", { categories: [1, 2] }],
    ["BYTES", {}],
  ];
  for (const [datatype, limits] of bounded)
    it(`takes null for ${datatype} that may be missing, and for no other`, () => {
      const lacking = { ...limits, missing: true };

      assert.equal(Check(givenCell(datatype, lacking), null), true);
      assert.equal(Check(givenCell(datatype, lacking, "report"), null), true);
      assert.equal(Check(givenCell(datatype, limits), null), false);
    });

  for (const datatype of DATATYPES) {
    it(`takes the numbers, true and false that the service takes for ${datatype}`, () => {
      // Columns of FP16 and BOOL there are not, and text has no limits.
      const limits = ["BYTES", "BOOL", "FP16"].includes(datatype) ? constant<Limits>({}) : column;
      check(
        property(limits, oneof(number, boolean(), constant(null)), (of, value) => {
          const candidates = [value, of.min, of.max, ...(of.categories ?? [])].filter((v) => v !== undefined);
          for (const candidate of candidates)
            assert.equal(
              Check(givenCell(datatype, of), candidate),
              "cell" in cellReader(datatype, of)(candidate),
              `${candidate} for ${JSON.stringify(of)}`,
            );
        }),
        { numRuns: 500 },
      );
    });
  }

  const given: { datatype: Datatype; column?: Limits; value: string | number; takes: boolean }[] = [
    { datatype: "INT64", value: "-999999999999999999", takes: true },
    { datatype: "INT64", value: "12.5", takes: false },
    { datatype: "UINT64", value: "9999999999999999999", takes: true },
    { datatype: "UINT64", value: "-1", takes: false },
    { datatype: "INT64", column: { categories: [1, 2] }, value: "2", takes: true },
    { datatype: "INT64", column: { categories: [1, 2] }, value: "3", takes: false },
    { datatype: "INT32", value: "1", takes: false },
    { datatype: "FP32", value: "1", takes: false },
    // What float32 makes of an end, as NumPy hands it on: in the tensor it is that end.
    { datatype: "FP32", column: { min: 0.3602 }, value: 0.3601999878883362, takes: true },
    { datatype: "FP32", column: { min: 0.3602 }, value: 0.36019995, takes: false },
    { datatype: "FP32", column: { max: 0.7001 }, value: 0.7001000046730042, takes: true },
    { datatype: "FP32", column: { max: 0.7001 }, value: 0.70010006, takes: false },
    { datatype: "FP32", column: { categories: [0.3602] }, value: 0.3601999878883362, takes: true },
    { datatype: "FP32", column: { categories: [0.3602] }, value: 0.3602, takes: true },
    { datatype: "FP64", column: { min: 0.3602 }, value: 0.3601999878883362, takes: false },
    { datatype: "BYTES", value: "text\n", takes: true },
    { datatype: "BYTES", value: "te\0xt", takes: false },
    { datatype: "BYTES", column: { categories: ["a"] }, value: "text", takes: false },
  ];
  for (const { datatype, column, value, takes } of given) {
    it(`${takes ? "takes" : "refuses"} ${JSON.stringify(value)} for ${datatype}${column === undefined ? "" : ` with ${JSON.stringify(column)}`}, as the service does`, () => {
      assert.equal("cell" in cellReader(datatype, column ?? {})(value), takes, "the service");
      assert.equal(Check(givenCell(datatype, column), value), takes, "the OpenAPI document");
    });
  }
});
