import assert from "node:assert/strict";
import { checkWeakSegments } from "../../../gate/checks/weakSegments.ts";
import { evidenceOf, type Given, random, sequence } from "../../support/evidence.ts";
import { itLeavesTheHoldout, itNeedsAnswers } from "../../support/unjudgeable.ts";

const FIX =
  "train with more such rows, or with features that tell their answers apart; /validation/slices takes a floor for them";

const ROWS = 4000;
const draw = random(3);
const age = sequence(ROWS, () => 18 + Math.floor(draw() * 60));
const income = sequence(ROWS, () => 8000 + Math.floor(draw() * 100_000));
const region = sequence(ROWS, () => ["north", "south", "west"][Math.floor(draw() * 3)]!);
const plan = sequence(ROWS, () => Math.floor(draw() * 2));
const columns = { age, income, plan, region };
const chance = sequence(ROWS, draw);

function judge(given: Partial<Given>) {
  const check = checkWeakSegments.judge(evidenceOf({ columns, ...given }));
  assert(check.outcome === "judged");
  return check;
}

type OfRow<T> = (row: number) => T;

/** This many classes in turn, and answers that are wrong with a probability by row. */
function wrongWith(probability: OfRow<number>, classes = 2) {
  const targets = sequence(ROWS, (row) => row % classes);
  const isWrong = (row: number) => chance[row]! < probability(row);
  return {
    targets,
    predictions: targets.map((label, row) => (isWrong(row) ? (label + 1) % classes : label)),
    isWrong,
  };
}

/** The sentence about the rows in a part, worked out from its definition. */
function accuracyWarning(
  { isWrong }: { readonly isWrong: OfRow<boolean> },
  part: { readonly where: string; readonly of: string; readonly isIn: OfRow<boolean> },
) {
  const all = sequence(ROWS, (row) => row);
  const inside = all.filter(part.isIn);
  const outside = all.filter((row) => !part.isIn(row));
  const accuracy = (rows: readonly number[]) =>
    (rows.filter((row) => !isWrong(row)).length / rows.length).toFixed(4);
  return {
    what: `accuracy is ${accuracy(inside)} on the ${inside.length.toLocaleString("en")} rows with ${part.of}, and ${accuracy(outside)} on the rest.`,
    where: `model/holdout.csv, ${part.where}`,
    fix: FIX,
  };
}

const isFifth = (row: number) => row % 5 === 0;

describe("checkWeakSegments", () => {
  it("finds nothing where wrong answers are spread evenly", () => {
    // Quarters of two columns, 2 and 3 values, and each of these with each of another column.
    assert.deepEqual(judge(wrongWith(() => 0.1)), {
      outcome: "judged",
      found: `${4 + 4 + 2 + 3 + (16 + 8 + 12 + 8 + 12 + 6)} parts of the holdout, 0 clearly weaker`,
      objections: [],
      warnings: [],
    });
  });

  for (const { fact, classes, ...part } of [
    {
      fact: "names the lowest quarter of a column of numbers",
      where: "column age",
      of: "age below 32",
      isIn: (row: number) => age[row]! < 32,
    },
    {
      fact: "names an inner quarter",
      where: "column age",
      of: "age from 32 to below 48",
      isIn: (row: number) => age[row]! >= 32 && age[row]! < 48,
    },
    {
      fact: "names the highest quarter",
      where: "column income",
      of: "income from 82,800",
      isIn: (row: number) => income[row]! >= 82_800,
    },
    {
      fact: "names a value of a column of text, of several classes",
      classes: 4,
      where: "column region",
      of: 'region "south"',
      isIn: (row: number) => region[row] === "south",
    },
    {
      fact: "names a value of a column with few numbers",
      where: "column plan",
      of: "plan 1",
      isIn: (row: number) => plan[row] === 1,
    },
    {
      fact: "names what two columns have in common, and not each by itself",
      where: "columns region and age",
      of: 'region "north" and age below 32',
      isIn: (row: number) => age[row]! < 32 && region[row] === "north",
    },
  ])
    it(fact, () => {
      const answers = wrongWith((row) => (part.isIn(row) ? 0.4 : 0.1), classes);

      const check = judge(answers);

      assert.equal(check.found, "75 parts of the holdout, 1 clearly weaker");
      assert.deepEqual(check.warnings, [accuracyWarning(answers, part)]);
    });

  for (const [fact, step] of [
    ["a column of many numbers", 1],
    ["a column of few", 30],
  ] as const)
    it(`names the rows in which a value is missing: ${fact}`, () => {
      const answers = wrongWith((row) => (isFifth(row) ? 0.4 : 0.1));
      const x = sequence(ROWS, (row) => (isFifth(row) ? NaN : Math.floor((row % 97) / step)));

      const { targets, predictions } = answers;
      const check = checkWeakSegments.judge(evidenceOf({ columns: { x }, targets, predictions }));

      assert(check.outcome === "judged");
      assert.deepEqual(check.warnings, [
        accuracyWarning(answers, { where: "column x", of: "x missing", isIn: isFifth }),
      ]);
    });

  it("names the weakest first, and what is weak beside it", () => {
    const south = {
      where: "column region",
      of: 'region "south"',
      isIn: (row: number) => region[row] === "south",
    };
    const young = { where: "column age", of: "age below 32", isIn: (row: number) => age[row]! < 32 };
    const answers = wrongWith((row) => (south.isIn(row) ? 0.6 : young.isIn(row) ? 0.4 : 0.1));

    assert.deepEqual(judge(answers).warnings, [
      accuracyWarning(answers, south),
      accuracyWarning(answers, young),
    ]);
  });

  it("names five at most", () => {
    const x = sequence(ROWS, (row) => `v${row % 20}`);
    const answers = wrongWith((row) => (row % 20 < 6 ? 0.9 : 0.1));

    assert.equal(judge({ ...answers, columns: { x } }).found, "20 parts of the holdout, 5 clearly weaker");
  });

  for (const { wrong, found } of [
    { wrong: 98, found: "2 parts of the holdout, 0 clearly weaker" },
    { wrong: 100, found: "2 parts of the holdout, 1 clearly weaker" },
  ])
    it(`says of 2,000 rows with ${wrong} wrong answers, beside 2,000 without one: ${found}`, () => {
      const x = sequence(ROWS, (row) => row % 2);
      const targets = sequence(ROWS, (row) => Number(row % 4 < 2));
      const predictions = targets.map((label, row) => (row % 2 === 1 && row < 2 * wrong ? 1 - label : label));

      assert.equal(judge({ columns: { x }, targets, predictions }).found, found);
    });

  for (const { rows, part, found } of [
    { rows: ROWS, part: 79, found: "0 parts of the holdout, 0 clearly weaker" },
    { rows: ROWS, part: 80, found: "2 parts of the holdout, 1 clearly weaker" },
    { rows: 1000, part: 49, found: "0 parts of the holdout, 0 clearly weaker" },
    { rows: 1000, part: 50, found: "2 parts of the holdout, 1 clearly weaker" },
  ])
    it(`says of ${part} rows of ${rows} that are all answered wrong: ${found}`, () => {
      const x = sequence(rows, (row) => Number(row < part));
      const targets = sequence(rows, (row) => row % 2);
      const predictions = targets.map((label, row) => (row < part ? 1 - label : label));

      assert.equal(judge({ columns: { x }, targets, predictions }).found, found);
    });

  it("asks for a difference that chance does not make among so many parts", () => {
    const x = sequence(200, (row) => row % 2);
    const targets = sequence(200, (row) => Number(row % 4 < 2));
    // 20 wrong answers of 100 against 10 of 100: twice as many, but that may be chance.
    const predictions = targets.map((label, row) => (row % 10 === 1 || row % 20 === 2 ? 1 - label : label));

    assert.equal(
      judge({ columns: { x }, targets, predictions }).found,
      "2 parts of the holdout, 0 clearly weaker",
    );
  });

  it("makes no part of the texts beyond the fifty most frequent", () => {
    const x = sequence(ROWS, (row) => (row % 2 === 0 ? "often" : `once ${row}`));
    const answers = wrongWith((row) => (row % 2 === 0 ? 0.1 : 0.3));

    assert.equal(judge({ ...answers, columns: { x } }).found, "1 part of the holdout, 0 clearly weaker");
  });

  it("counts an answer that is no class as wrong", () => {
    const x = sequence(400, (row) => row % 2);
    const targets = sequence(400, (row) => Number(row % 4 < 2));

    const { warnings } = judge({
      columns: { x },
      targets,
      predictions: targets.map((label, row) => (row % 2 === 1 ? 7 : label)),
    });

    assert.deepEqual(
      warnings.map(({ what }) => what),
      ["accuracy is 0.0000 on the 200 rows with x 1, and 1.0000 on the rest."],
    );
  });

  describe("of a regression", () => {
    const errors = random(5);
    const noise = sequence(ROWS, () => errors() - 0.5);
    const targets = sequence(ROWS, (row) => row);
    const judgeErrors = (factor: OfRow<number>) =>
      judge({
        task: "regression",
        targets,
        predictions: targets.map((target, row) => target + noise[row]! * factor(row)),
      });

    it("finds nothing where the errors are alike, nor if they are a fifth larger", () => {
      assert.deepEqual(judgeErrors(() => 4).warnings, []);
      assert.deepEqual(judgeErrors((row) => (plan[row] === 1 ? 1.2 : 1)).warnings, []);
    });

    it("names where the errors are larger by half", () => {
      const { warnings } = judgeErrors((row) => (plan[row] === 1 ? 1.5 : 1));

      const meanError = (value: number) => {
        const rows = targets.filter((row) => plan[row] === value);
        const sum = rows.reduce((sum, row) => sum + Math.abs(noise[row]!) * (value === 1 ? 1.5 : 1), 0);
        return (sum / rows.length).toFixed(4);
      };
      const size = plan.filter((value) => value === 1).length.toLocaleString("en");
      assert.deepEqual(warnings, [
        {
          what: `the mean absolute error is ${meanError(1)} on the ${size} rows with plan 1, and ${meanError(0)} on the rest.`,
          where: "model/holdout.csv, column plan",
          fix: FIX,
        },
      ]);
    });
  });

  it("does with it what the contract says", () => {
    const check = judge({
      ...wrongWith((row) => (plan[row] === 1 ? 0.4 : 0.1)),
      validation: { findings: { weakSegments: "refuse" } },
    });

    assert.deepEqual([check.objections.length, check.warnings.length], [1, 0]);
  });

  const evidence = evidenceOf({ columns, ...wrongWith(() => 0.1) });
  itNeedsAnswers(checkWeakSegments, evidence);
  itLeavesTheHoldout(checkWeakSegments, evidence);

  it("is asked for wherever there are right answers", () => {
    const { contract, demands } = evidence;
    const { holdout: _, ...validation } = contract.validation!;
    const why = (other: Partial<typeof contract>) =>
      checkWeakSegments.notAsked?.({ contract: { ...contract, ...other }, demands, champion: { none: "" } });

    assert.equal(why({}), undefined);
    assert.equal(why({ validation }), "the contract names no holdout");
    assert.equal(why({ task: "raw" }), "the right answers of a raw model are not known");
  });
});
