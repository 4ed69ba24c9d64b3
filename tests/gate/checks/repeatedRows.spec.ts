import assert from "node:assert/strict";
import { checkRepeatedRows } from "../../../gate/checks/repeatedRows.ts";
import { evidenceOf, type Given, random, sequence } from "../../support/evidence.ts";
import { itNeedsAHoldout } from "../../support/unjudgeable.ts";

const REMOVE =
  'remove them, since they count twice; if they are separate cases, say so: "repeatedRows": "ignore" in model/contract.json, /validation/findings';
const MEND = "mend wrong labels, or show the model what tells such rows apart";

const n = (value: number) => value.toLocaleString("en");
function judge(given: Given) {
  const check = checkRepeatedRows.judge(evidenceOf(given));
  assert(check.outcome === "judged");
  return check;
}

describe("checkRepeatedRows", () => {
  it("finds nothing where each row differs in a number, a text or both", () => {
    const check = judge({
      columns: { a: [1, 1, 2, 2], b: ["x", "y", "x", "y"] },
      targets: [0, 0, 0, 0],
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "4 rows, 0 repeated, 0 contradicting",
      objections: [],
      warnings: [],
    });
  });

  it("warns of rows with the same features and the same label, and says which they repeat", () => {
    const check = judge({
      columns: { a: [1, 2, 1, 1, 2, 1], b: ["x", "y", "x", "x", "y", "x"] },
      targets: [0, 1, 0, 0, 1, 0],
    });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "6 rows, 4 repeated, 0 contradicting",
      objections: [],
      warnings: [
        {
          what: "4 of 6 rows (66.7 %) repeat an earlier one: line 4 is line 2 again, line 5 is line 2 again, line 6 is line 3 again, ….",
          where: "model/holdout.csv",
          fix: REMOVE,
        },
      ],
    });
  });

  it("warns of rows with the same features and another label, and says how many can be right at most", () => {
    const check = judge({ columns: { a: [1, 1, 1, 2, 2, 3] }, targets: [0, 1, 1, 1, 0, 1] });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "6 rows, 1 repeated, 3 contradicting",
      objections: [],
      warnings: [
        {
          what: "1 of 6 rows (16.7 %) repeats an earlier one: line 4 is line 3 again.",
          where: "model/holdout.csv",
          fix: REMOVE,
        },
        {
          what: "3 of 6 rows (50.0 %) are like an earlier one in every feature, but with another answer: 1 in line 3 and 0 in line 2, 1 in line 4 and 0 in line 2, 0 in line 6 and 1 in line 5. No model can be right on more than 4 of the rows.",
          where: "model/holdout.csv, column answer",
          fix: MEND,
        },
      ],
    });
  });

  it("counts the most frequent label of rows alike, whichever comes first", () => {
    const { warnings } = judge({ columns: { a: [1, 1, 1, 2, 2, 2] }, targets: [0, 0, 1, 0, 1, 1] });

    assert.match(warnings[1]!.what, / No model can be right on more than 4 of the rows\.$/);
  });

  it("tells rows apart that share a hash of 32 bits", () => {
    // Some ten pairs of this many random numbers share their hash.
    const check = judge({ columns: { a: sequence(300_000, random()) } });

    assert.equal(check.found, "300,000 rows, 0 repeated, 0 contradicting");
  }).timeout(10_000);

  it("names no such limit for a regression", () => {
    const { warnings } = judge({ task: "regression", columns: { a: [1, 1] }, targets: [0.5, 0.75] });

    assert.deepEqual(
      warnings.map(({ what }) => what),
      [
        "1 of 2 rows (50.0 %) is like an earlier one in every feature, but with another answer: 0.75 in line 3 and 0.5 in line 2.",
      ],
    );
  });

  it("does with each kind what the contract says", () => {
    const columns = { a: [1, 1, 2, 2] };
    const targets = [0, 0, 0, 1];

    const check = judge({
      columns,
      targets,
      validation: { findings: { repeatedRows: "ignore", contradictions: "refuse" } },
    });

    assert.deepEqual(
      check.objections.map(({ where }) => where),
      ["model/holdout.csv, column answer"],
    );
    assert.deepEqual(check.warnings, []);

    const other = judge({
      columns,
      targets,
      validation: { findings: { repeatedRows: "refuse", contradictions: "ignore" } },
    });

    assert.deepEqual(
      other.objections.map(({ where }) => where),
      ["model/holdout.csv"],
    );
    assert.deepEqual(other.warnings, []);
  });

  it("finds each repetition among many rows", () => {
    const draw = random();
    const numbers = sequence(20_000, () => Math.floor(draw() * 300));
    const texts = sequence(20_000, () => `v${Math.floor(draw() * 300)}`);
    const targets = sequence(20_000, () => Math.floor(draw() * 2));

    const { found } = judge({ columns: { a: numbers, b: texts }, targets });

    const labels = new Map<string, Set<number>>();
    let repeated = 0;
    let contradicting = 0;
    for (const [i, number] of numbers.entries()) {
      const seen = labels.get(`${number} ${texts[i]}`) ?? new Set();
      if (seen.has(targets[i]!)) repeated++;
      const [first = targets[i]] = seen;
      if (first !== targets[i]) contradicting++;
      labels.set(`${number} ${texts[i]}`, seen.add(targets[i]!));
    }
    assert.equal(found, `20,000 rows, ${n(repeated)} repeated, ${n(contradicting)} contradicting`);
  });

  it("tells integers apart that are one as doubles", () => {
    const evidence = evidenceOf({ columns: { id: [2 ** 53, 2 ** 53], y: [1, 1] }, targets: [0, 0] });
    const exact = { id: BigInt64Array.of(9007199254740992n, 9007199254740993n) };
    const holdout = {
      ...evidence.holdout!,
      value: { ...evidence.holdout!.value!, exact },
      findings: [] as const,
    };

    const check = checkRepeatedRows.judge({ ...evidence, holdout });

    assert(check.outcome === "judged");
    assert.equal(check.found, "2 rows, 0 repeated, 0 contradicting");
  });

  itNeedsAHoldout(checkRepeatedRows);
});
