import assert from "node:assert/strict";
import { checkSkew } from "../../../gate/checks/skew.ts";
import { evidenceOf, type Given, sequence } from "../../support/evidence.ts";
import { itNeedsAHoldout } from "../../support/unjudgeable.ts";

const MEND =
  "mend the preprocessing or those rows; if such values are right, widen what the contract declares";
const ADD_SEEN =
  "add such rows to the holdout: without them, nothing is known about the model's answers to them";
const ADD_OTHERS = "add rows that differ there: nothing is known about the model's answers to other values";

const outside = (column: string, what: string) => ({
  what,
  where: `model/holdout.csv, column ${column}`,
  fix: MEND,
});
function judge(given: Given) {
  const check = checkSkew.judge(evidenceOf(given));
  assert(check.outcome === "judged");
  return check;
}

describe("checkSkew", () => {
  it("accepts values at the ends of their range and in their categories", () => {
    const check = judge({
      columns: { age: [18, 100, 30], region: ["north", "south", "north"], plan: [1, 2, 1] },
      declared: {
        age: { min: 18, max: 100 },
        region: { categories: ["north", "south"] },
        plan: { categories: [1, 2] },
      },
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "3 rows, 3 columns, 0 values outside what is declared",
      objections: [],
      warnings: [],
    });
  });

  it("accepts a missing value that the contract allows, whatever else it declares", () => {
    const check = judge({
      columns: { age: [NaN, 100, 30], plan: [1, 2, NaN] },
      declared: { age: { min: 18, max: 100, missing: true }, plan: { categories: [1, 2], missing: true } },
    });

    assert.deepEqual([check.objections, check.warnings], [[], []]);
  });

  it("warns of a column that may be missing, and is in no row", () => {
    const check = judge({ columns: { age: [1, 2] }, declared: { age: { missing: true } } });

    assert.deepEqual(check.warnings, [
      {
        what: "age is missing in no row of the holdout, and the contract lets it be missing.",
        where: "model/contract.json, /inputs/0/columns/0/missing",
        fix: ADD_SEEN,
      },
    ]);
  });

  it("says of a column that is missing in every row that all are the same", () => {
    const check = judge({ columns: { age: [NaN, NaN] }, declared: { age: { missing: true } } });

    assert.deepEqual(
      check.warnings.map(({ what }) => what),
      ["A column holds the same value in every row: age is NaN."],
    );
  });

  for (const { fact, values, declared, what } of [
    {
      fact: "names the first three values below and above a range, and counts all",
      values: [17, 20, 101, 16, 15],
      declared: { min: 18, max: 100 },
      what: "4 of 5 rows have x outside 18 to 100: 17 in line 2, 101 in line 4, 16 in line 5, ….",
    },
    {
      fact: "speaks of one row in the singular",
      values: [1, 2, 30_000.5],
      declared: { min: 0, max: 1000 },
      what: "1 of 3 rows has x outside 0 to 1000: 30,000.5 in line 4.",
    },
    {
      fact: "says which end it is if only the lowest is declared",
      values: [1, 2, -1],
      declared: { min: 0 },
      what: "1 of 3 rows has x below 0: -1 in line 4.",
    },
    {
      fact: "says which end it is if only the highest is declared",
      values: [1, 2, 3],
      declared: { max: 2 },
      what: "1 of 3 rows has x above 2: 3 in line 4.",
    },
    {
      fact: "names a number that is no category",
      values: [1, 2, 3],
      declared: { categories: [1, 2] },
      what: "1 of 3 rows has x outside 1, 2: 3 in line 4.",
    },
    {
      fact: "names a text that is no category, and the first five that are",
      values: ["a", "b", "c", "d", "e", "f", "g"],
      declared: { categories: ["a", "b", "c", "d", "e", "f"] },
      what: '1 of 7 rows has x outside "a", "b", "c", "d", "e", …: "g" in line 8.',
    },
  ])
    it(fact, () => {
      const { objections } = judge({ columns: { x: values }, declared: { x: declared } });

      assert.deepEqual(objections, [outside("x", what)]);
    });

  it("compares a column of float32 as float32 has its values", () => {
    const ends = { min: 0.3602, max: 0.7001 };
    const held = [Math.fround(0.3602), Math.fround(0.7001)];
    assert.deepEqual([held[0]! < ends.min, held[1]! > ends.max], [true, true]);

    const check = judge({
      columns: { x: [...held, 0.3602, 0.7001], y: [...held, 0.3602, 0.7001] },
      declared: { x: ends, y: { categories: [0.3602, 0.7001] } },
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "4 rows, 2 columns, 0 values outside what is declared",
      objections: [],
      warnings: [],
    });
  });

  it("sees a category in a row that has it as float32 does", () => {
    const check = judge({
      columns: { x: [Math.fround(0.3602), 0.5] },
      declared: { x: { categories: [0.3602, 0.5] } },
    });

    assert.deepEqual(check.warnings, []);
  });

  it("finds the next float32 beyond an end, and names it as the holdout has it", () => {
    const x = [0.36019995, 0.5, 0.70010006];

    assert.deepEqual(judge({ columns: { x }, declared: { x: { min: 0.3602, max: 0.7001 } } }).objections, [
      outside(
        "x",
        "2 of 3 rows have x outside 0.3602 to 0.7001: 0.36019995 in line 2, 0.70010006 in line 4.",
      ),
    ]);
  });

  it("compares a column of doubles to the last digit", () => {
    const columns = [{ name: "x", min: 0.3602 }];
    const inputs = [{ name: "numbers", datatype: "FP64" as const, shape: [-1, 1], columns }];

    assert.deepEqual(judge({ columns: { x: [0.3601999878883362, 0.5] }, contract: { inputs } }).objections, [
      outside("x", "1 of 2 rows has x below 0.3602: 0.360199987888336 in line 2."),
    ]);
  });

  for (const { classes, targets, of } of [
    { classes: [0, 1, 2], targets: [0, 1, 0], of: "2" },
    { classes: ["yes", "no", "perhaps"], targets: ["yes", "yes", "yes"], of: "no, perhaps" },
    { classes: [0, 1, 2, 3, 4, 5], targets: [1, 1, 1], of: "0, 2, 3, …" },
  ])
    it(`warns of a class that no row has: ${of}`, () => {
      assert.deepEqual(judge({ columns: { x: [1, 2, 3] }, classes, targets }), {
        outcome: "judged",
        found: "3 rows, 1 column, 0 values outside what is declared",
        objections: [],
        warnings: [
          {
            what: `No row of the holdout has class ${of}, which the contract declares.`,
            where: "model/contract.json, /classes",
            fix: "add such rows to the holdout: without them, nothing is known about how well the model finds them",
          },
        ],
      });
    });

  it("does not take the number 1 for the category of text", () => {
    const { found } = judge({
      columns: { code: ["1", "01"] },
      declared: { code: { categories: ["1", "01"] } },
    });

    assert.equal(found, "2 rows, 1 column, 0 values outside what is declared");
  });

  it("names each column, and counts what is beyond five", () => {
    const names = sequence(7, (i) => `c${i}`);

    const { found, objections } = judge({
      columns: Object.fromEntries(names.map((name) => [name, [0, 9]])),
      declared: Object.fromEntries(names.map((name) => [name, { max: 5 }])),
    });

    assert.equal(found, "2 rows, 7 columns, 7 values outside what is declared");
    assert.deepEqual(objections, [
      ...names.slice(0, 5).map((name) => outside(name, `1 of 2 rows has ${name} above 5: 9 in line 3.`)),
      outside("c5", "And 2 more like these."),
    ]);
  });

  it("warns of categories that no row has", () => {
    const { objections, warnings } = judge({
      columns: { x: [1, 2], region: ["north", "south"] },
      declared: { region: { categories: ["west", "north", "south", "east"] } },
    });

    assert.deepEqual(objections, []);
    assert.deepEqual(warnings, [
      {
        what: 'No row of the holdout has region "west", "east", which the contract declares.',
        where: "model/contract.json, /inputs/1/columns/0/categories",
        fix: ADD_SEEN,
      },
    ]);
  });

  it("warns of the columns that hold the same value in every row, but not of a category again", () => {
    const { warnings } = judge({
      columns: { a: [1, 2], b: [5, 5], c: ["x", "x"], d: [3, 3] },
      declared: { d: { categories: [3] } },
    });

    assert.deepEqual(warnings, [
      {
        what: '2 columns hold the same value in every row: b is 5, c is "x".',
        where: "model/holdout.csv",
        fix: ADD_OTHERS,
      },
    ]);
  });

  it("has nothing to say of a single row's columns", () => {
    assert.deepEqual(judge({ columns: { a: [1] }, targets: [0] }).warnings, []);
  });

  for (const { action, objections, warnings } of [
    { action: "refuse", objections: 1, warnings: 2 },
    { action: "warn", objections: 0, warnings: 3 },
    { action: "ignore", objections: 0, warnings: 0 },
  ] as const)
    it(`does with it what the contract says: ${action}`, () => {
      const check = judge({
        columns: { a: [1, 9], b: [5, 5] },
        declared: { a: { max: 5 } },
        classes: [0, 1, 2],
        validation: { findings: { skew: action } },
      });

      assert.deepEqual([check.objections.length, check.warnings.length], [objections, warnings]);
    });

  itNeedsAHoldout(checkSkew);
});
