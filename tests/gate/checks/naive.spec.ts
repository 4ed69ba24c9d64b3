import assert from "node:assert/strict";
import { checkNaive } from "../../../gate/checks/naive.ts";
import { evidenceOf, type Given, random, sequence } from "../../support/evidence.ts";
import { itNeedsAnswers } from "../../support/unjudgeable.ts";

const FIX =
  "train on features that bear on the answer, look for labels or columns that were mixed up, or bring more rows";
const objection = (what: string) => ({ what, where: "model/holdout.csv", fix: FIX });
function judge(given: Omit<Given, "columns">) {
  const check = checkNaive.judge(
    evidenceOf({ ...given, columns: { x: sequence(given.targets!.length, (i) => i) } }),
  );
  assert(check.outcome === "judged");
  return check;
}

const text = (i: number) => ["a", "b", "c"][i % 3]!;
/** One label in ten is 1. */
const rare = sequence(1000, (i) => Number(i % 10 === 0));

describe("checkNaive", () => {
  it("accepts a model that tells the classes apart, though always answering one is right more often", () => {
    const predictions = rare.map((label, i) => (i % 7 === 0 ? 1 - label : label));

    assert.deepEqual(judge({ targets: rare, predictions }), {
      outcome: "judged",
      found: "balanced accuracy 0.8539, and 0.5000 by always answering 0",
      objections: [],
      warnings: [],
    });
  });

  it("refuses a model that always gives the same answer, however often that is right", () => {
    const check = judge({ targets: rare, predictions: rare.map(() => 0) });

    assert.deepEqual(check, {
      outcome: "judged",
      found: "balanced accuracy 0.5000, and 0.5000 by always answering 0",
      objections: [
        objection(
          "The model is no better than always answering 0: its balanced accuracy is 0.5000 (0.4486 to 0.5514), and 0.5000 comes for free; its accuracy is 0.9000, and 0.9000 comes for free.",
        ),
      ],
      warnings: [],
    });
  });

  it("refuses a model that is right by chance among several classes of text", () => {
    const { objections } = judge({
      targets: sequence(900, text),
      predictions: sequence(900, (i) => text(Math.floor(i / 3))),
    });

    assert.deepEqual(objections, [
      objection(
        "The model is no better than always answering a: its balanced accuracy is 0.3333 (0.3033 to 0.3648), and 0.3333 comes for free; its accuracy is 0.3333, and 0.3333 comes for free.",
      ),
    ]);
  });

  it("says of a holdout too small to tell that it is", () => {
    const { objections } = judge({ targets: [0, 1, 0, 1, 0, 1], predictions: [0, 1, 0, 1, 1, 0] });

    assert.deepEqual(objections, [
      objection(
        "The model is not clearly better, on 6 rows, than always answering 0: its balanced accuracy is 0.6667 (0.3000 to 0.9032), and 0.5000 comes for free; its accuracy is 0.6667, and 0.5000 comes for free.",
      ),
    ]);
  });

  it("counts only classes that occur", () => {
    const targets = sequence(200, (i) => i % 2);

    const { found } = judge({ targets, predictions: targets, classes: [0, 1, 2, 3] });

    assert.equal(found, "balanced accuracy 1.0000, and 0.5000 by always answering 0");
  });

  it("refuses a holdout of one class", () => {
    const { objections } = judge({ targets: [1, 1, 1], predictions: [1, 1, 1], classes: [0, 1] });

    assert.deepEqual(objections, [
      {
        ...objection(
          "All rows of the holdout, 3 in all, are of one class: no model is better than always answering 1.",
        ),
        fix: "bring labelled rows of other classes",
      },
    ]);
  });

  describe("of a regression", () => {
    const targets = sequence(400, random());
    const task = "regression";

    it("accepts a model that explains a part", () => {
      const predictions = targets.map((target) => target / 2 + 0.25);

      assert.deepEqual(judge({ task, targets, predictions }), {
        outcome: "judged",
        found: "R² 0.7499, and 0 by always answering the mean",
        objections: [],
        warnings: [],
      });
    });

    it("refuses a model that always answers the same", () => {
      const { objections } = judge({ task, targets, predictions: targets.map(() => 0.3) });

      assert.deepEqual(objections, [
        objection(
          "The model is no better than always answering the mean: its R² is -0.4595 (-0.5962 to -0.3227), and 0 comes for free.",
        ),
      ]);
    });

    it("refuses a model that may be better by chance", () => {
      const { objections } = judge({ task, targets: [0, 1, 2, 3], predictions: [2, 1, 2, 3] });

      assert.deepEqual(objections, [
        objection(
          "The model is not clearly better, on 4 rows, than always answering the mean: its R² is 0.2000 (-0.9198 to 1.0000), and 0 comes for free.",
        ),
      ]);
    });

    it("refuses targets that are all the same", () => {
      const check = judge({ task, targets: [2, 2], predictions: [2, 2] });

      assert.deepEqual(check, {
        outcome: "judged",
        found: "no R²: all rows have the same target",
        objections: [
          objection("No model is better than always answering the mean: all rows have the same target."),
        ],
        warnings: [],
      });
    });
  });

  it("does with it what the contract says", () => {
    const check = judge({
      targets: rare,
      predictions: rare.map(() => 0),
      validation: { findings: { naive: "warn" } },
    });

    assert.deepEqual([check.objections.length, check.warnings.length], [0, 1]);
  });

  itNeedsAnswers(checkNaive, evidenceOf({ columns: { x: [1, 2] } }));

  it("is asked for wherever there are right answers", () => {
    const { contract, demands } = evidenceOf({ columns: { x: [1, 2] } });
    const { holdout: _, ...validation } = contract.validation!;
    const why = (other: Partial<typeof contract>) =>
      checkNaive.notAsked?.({ contract: { ...contract, ...other }, demands, champion: { none: "" } });

    assert.equal(why({}), undefined);
    assert.equal(why({ validation }), "the contract names no holdout");
    assert.equal(why({ task: "raw" }), "the right answers of a raw model are not known");
  });
});
