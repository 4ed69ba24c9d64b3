import assert from "node:assert/strict";
import { checkLeakage } from "../../../gate/checks/leakage.ts";
import { evidenceOf, type Given, random, sequence, withoutHoldout } from "../../support/evidence.ts";

const FIX =
  'train without it if it is known only once the answer is; if not, say so: "leakage": "warn" in model/contract.json, /validation/findings';

const objection = (what: string, column = "x") => ({
  what,
  where: `model/holdout.csv, column ${column}`,
  fix: FIX,
});
const outcomeOf = (given: Given) => checkLeakage.judge(evidenceOf(given));
function judge(given: Given) {
  const check = outcomeOf(given);
  assert(check.outcome === "judged");
  return check;
}
/** 0 and 1 in turn. */
const targets = sequence(1000, (i) => i % 2);

/** Texts that each go with one label, in this many rows. */
const codes = (several: number) => sequence(400, (i) => `v${i % 2} ${Math.floor(i / (2 * several))}`);

/** A warning by default. */
const tooFew = (rows: number, wanted: string) => ({
  what: `${rows} rows are too few to tell whether a column gives answer away: ${wanted} are needed.`,
  where: "model/holdout.csv",
  fix: "bring more labelled rows",
});

describe("checkLeakage", () => {
  it("refuses a column of which it tells the answer whether it is missing", () => {
    const draw = random();
    const check = judge({ columns: { x: targets.map((label) => (label === 0 ? NaN : draw())) }, targets });

    assert.deepEqual(
      check.objections.map(({ what }) => what),
      [
        "whether x is missing alone gives answer away: its order is that of the classes 1, 0, with an AUC of 1.000000.",
      ],
    );
  });

  it("accepts a column with missing values that only bears on the answer, of a number, too", () => {
    const draw = random();
    const columns = { x: targets.map((label) => (draw() < 0.3 ? NaN : label + draw() + draw())) };

    for (const given of [{ targets }, { targets: sequence(1000, draw), task: "regression" as const }])
      assert.deepEqual(judge({ columns, ...given }).objections, []);
  });

  it("accepts columns that only bear on the label", () => {
    const draw = random();
    const check = judge({
      columns: {
        noise: sequence(1000, draw),
        strong: targets.map((label) => label * 2 + draw() + draw() + draw()),
        text: targets.map((label) => (draw() < 0.9 ? `v${label}` : "other")),
      },
      targets,
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "3 columns, 0 giving the answer away",
      objections: [],
      warnings: [],
    });
  });

  for (const { fact, x, what } of [
    {
      fact: "refuses the label itself",
      x: targets,
      what: "x alone gives answer away: its order is that of the classes 0, 1, with an AUC of 1.000000.",
    },
    {
      fact: "refuses what falls while the label grows",
      x: targets.map((label, i) => i - 2000 * label),
      what: "x alone gives answer away: its order is that of the classes 1, 0, with an AUC of 1.000000.",
    },
    {
      fact: "refuses codes that each go with one label, in no order",
      x: sequence(1000, (i) => [10, 20, 30, 40][i % 4]!),
      what: "x alone gives answer away: each of its 4 values goes with one class: 10 is class 0, 20 is class 1, 30 is class 0, ….",
    },
    {
      fact: "refuses texts that each go with one label",
      x: sequence(1000, (i) => ["open", "closed"][i % 2]!),
      what: 'x alone gives answer away: each of its 2 values goes with one class: "open" is class 0, "closed" is class 1.',
    },
  ])
    it(fact, () => {
      const check = judge({ columns: { x, y: sequence(1000, random()) }, targets });

      assert.equal(check.found, "2 columns, 1 giving the answer away");
      assert.deepEqual(check.objections, [objection(what)]);
    });

  for (const { wrong, found } of [
    // A single wrong row reverses 500 of 500 × 500 pairs, 0.2 %.
    { wrong: 1, found: "1 column, 0 giving the answer away" },
    { wrong: 0, found: "1 column, 1 giving the answer away" },
  ])
    it(`counts the order of each pair of rows: ${wrong} at the far end`, () => {
      const x = targets.map((label, i) => (i < 2 * wrong && label === 1 ? -1 : label));

      assert.equal(judge({ columns: { x }, targets }).found, found);
    });

  it("judges by all rows, not by the few of each class that it looks at first", () => {
    const labels = sequence(100_000, (i) => i % 2);
    const x = labels.map((label, i) => (i % 200 < 2 ? label : 0));

    assert.equal(judge({ columns: { x }, targets: labels }).found, "1 column, 0 giving the answer away");
  });

  it("refuses a column whose thresholds separate all of several classes", () => {
    const classes = sequence(900, (i) => ["low", "middle", "high"][i % 3]!);
    const x = sequence(900, (i) => [1, 5, 9][i % 3]! + (i % 7) / 10);

    const { objections } = judge({ columns: { x }, targets: classes });

    assert.deepEqual(objections, [
      objection(
        "x alone gives answer away: its order is that of the classes low, middle, high, with an AUC of 1.000000.",
      ),
    ]);
  });

  it("accepts a column that separates only one of several classes, as petals do irises", () => {
    const draw = random();
    const classes = sequence(900, (i) => i % 3);
    const x = classes.map((label) => (label === 0 ? 0 : 10) + 3 * draw());

    assert.deepEqual(judge({ columns: { x }, targets: classes }).objections, []);
  });

  it("is not taken in by a large class that every value mostly goes with", () => {
    const rare = sequence(100_000, (i) => Number(i % 9000 === 0));
    const x = sequence(100_000, (i) => `v${i % 7}`);

    assert.deepEqual(judge({ columns: { x }, targets: rare }).objections, []);
  });

  it("does not take names that occur once each for a giveaway", () => {
    const x = sequence(200, (i) => `name ${i}`);

    assert.deepEqual(judge({ columns: { x }, targets: targets.slice(0, 200) }).objections, []);
  });

  it("takes a value for decided from five rows on", () => {
    const labels = sequence(400, (i) => i % 2);

    assert.equal(judge({ columns: { x: codes(5) }, targets: labels }).objections.length, 1);
    assert.equal(judge({ columns: { x: codes(4) }, targets: labels }).objections.length, 0);
  });

  it("counts what is beyond five", () => {
    const columns = Object.fromEntries(sequence(7, (i) => [`x${i}`, targets]));

    const { objections } = judge({ columns, targets });

    assert.deepEqual([objections.length, objections.at(-1)?.what], [6, "And 2 more like these."]);
  });

  const OF_CLASSES = "50 rows, and 10 of each of two classes";
  const OTHER_CLASSES = {
    what: "Too few rows of other classes to tell whether a column gives answer away: 10 of each of two classes are needed.",
    where: "model/holdout.csv",
    fix: "bring labelled rows of other classes",
  };

  for (const { rows, ofSmaller, found } of [
    { rows: 50, ofSmaller: 10, found: "1 column, 1 giving the answer away" },
    { rows: 49, ofSmaller: 10, found: "49 rows: too few to tell" },
    { rows: 50, ofSmaller: 9, found: "50 rows: too few to tell" },
  ])
    it(`says of ${rows} rows, ${ofSmaller} of the smaller class: ${found}`, () => {
      const labels = sequence(rows, (i) => Number(i < ofSmaller));
      const isEnough = rows === 50 && ofSmaller === 10;

      assert.deepEqual(judge({ columns: { x: labels }, targets: labels }), {
        outcome: "judged",
        found,
        objections: isEnough
          ? [
              objection(
                "x alone gives answer away: its order is that of the classes 0, 1, with an AUC of 1.000000.",
              ),
            ]
          : [],
        warnings: isEnough ? [] : [rows < 50 ? tooFew(rows, OF_CLASSES) : OTHER_CLASSES],
      });
    });

  for (const { findings, objections, warnings } of [
    { findings: { smallHoldout: "refuse" }, objections: 1, warnings: 0 },
    { findings: { smallHoldout: "warn" }, objections: 0, warnings: 1 },
    { findings: { smallHoldout: "ignore" }, objections: 0, warnings: 0 },
    { findings: { leakage: "warn" }, objections: 0, warnings: 1 },
    { findings: { leakage: "ignore" }, objections: 0, warnings: 0 },
    { findings: { leakage: "ignore", smallHoldout: "refuse" }, objections: 0, warnings: 0 },
  ] as const)
    it(`does with too few rows what the contract says: ${JSON.stringify(findings)}`, () => {
      const labels = targets.slice(0, 49);

      assert.deepEqual(judge({ columns: { x: labels }, targets: labels, validation: { findings } }), {
        outcome: "judged",
        found: "49 rows: too few to tell",
        objections: sequence(objections, () => tooFew(49, OF_CLASSES)),
        warnings: sequence(warnings, () => tooFew(49, OF_CLASSES)),
      });
    });

  it("passes over a class with few rows to see the others", () => {
    const labels = [...targets, 2, 2];

    const { objections } = judge({ columns: { x: [...targets, 0, 1] }, targets: labels });

    assert.deepEqual(objections, [
      objection("x alone gives answer away: its order is that of the classes 0, 1, with an AUC of 1.000000."),
    ]);
  });

  for (const { fact, noise, sign, found } of [
    { fact: "refuses a line", noise: 0.001, sign: 1, found: "1 column, 1 giving the answer away" },
    { fact: "refuses a falling line", noise: 0.001, sign: -1, found: "1 column, 1 giving the answer away" },
    { fact: "accepts a close relation", noise: 0.05, sign: 1, found: "1 column, 0 giving the answer away" },
  ])
    it(`${fact} for a regression`, () => {
      const draw = random();
      const numbers = sequence(500, draw);
      const x = numbers.map((number) => sign * (3 * number + noise * draw()));

      assert.equal(judge({ task: "regression", columns: { x }, targets: numbers }).found, found);
    });

  it("says what the correlation is, and has nothing to say of a constant or of text", () => {
    const numbers = sequence(50, (i) => i);

    const { objections } = judge({
      task: "regression",
      columns: {
        x: numbers.map((number) => 100 - number),
        flat: numbers.map(() => 1),
        text: numbers.map(String),
      },
      targets: numbers,
    });

    assert.deepEqual(objections, [
      objection("x alone gives answer away: their correlation is -1.000000 on 50 rows."),
    ]);
  });

  it("says of 49 rows of a regression that they are too few", () => {
    const x = sequence(49, (i) => i);

    assert.deepEqual(judge({ task: "regression", columns: { x }, targets: x }), {
      outcome: "judged",
      found: "49 rows: too few to tell",
      objections: [],
      warnings: [tooFew(49, "50 rows")],
    });
  });

  it("does with it what the contract says", () => {
    const check = judge({
      columns: { x: targets },
      targets,
      validation: { findings: { leakage: "warn" } },
    });

    assert.deepEqual([check.objections.length, check.warnings.length], [0, 1]);
  });

  it("does not judge a holdout that cannot be used", () => {
    const evidence = evidenceOf({ columns: { x: targets }, targets });

    assert.deepEqual(checkLeakage.judge(withoutHoldout(evidence)), {
      outcome: "notJudged",
      why: "the holdout cannot be used",
      fault: "model",
    });
  });

  it("is asked for wherever there are right answers", () => {
    const { contract, demands } = evidenceOf({ columns: { x: targets }, targets });
    const { holdout: _, ...validation } = contract.validation!;
    const why = (other: Partial<typeof contract>) =>
      checkLeakage.notAsked?.({ contract: { ...contract, ...other }, demands, champion: { none: "" } });

    assert.equal(why({}), undefined);
    assert.equal(why({ validation }), "the contract names no holdout");
    assert.equal(why({ task: "raw" }), "the right answers of a raw model are not known");
  });
});
