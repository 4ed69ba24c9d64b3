import assert from "node:assert/strict";
import { checkAccuracy } from "../../../../infra/gate/checks/accuracy.ts";

/** So many labels, of which the first `right` are predicted. */
function answers(rows: number, right: number): [labels: string[], predictions: string[]] {
  return [
    Array.from({ length: rows }, () => "1"),
    Array.from({ length: rows }, (_, i) => (i < right ? "1" : "0")),
  ];
}

const demanded = (floor: number) => ({ floor, file: "model/holdout.csv" });

const objection = (what: string) => ({
  what,
  where: "model/contract.json, /validation/metrics/accuracy/min; model/holdout.csv",
  fix: "train a better model; a lower floor is a line in the contract that a reviewer sees",
});

describe("checkAccuracy", () => {
  for (const { rows, right, floor, accuracy, found } of [
    { rows: 20, right: 17, floor: 0.85, accuracy: 0.85, found: "0.8500 on 20 rows, at least 0.85" },
    { rows: 3, right: 3, floor: 1, accuracy: 1, found: "1.0000 on 3 rows, at least 1" },
    { rows: 2000, right: 0, floor: 0, accuracy: 0, found: "0.0000 on 2,000 rows, at least 0" },
  ]) {
    it(`accepts ${right} right answers of ${rows} where ${floor} is demanded`, () => {
      assert.deepEqual(checkAccuracy(...answers(rows, right), demanded(floor)), {
        name: "accuracy",
        found,
        objections: [],
        accuracy,
      });
    });
  }

  for (const { rows, right, floor, accuracy, found, what } of [
    {
      rows: 2000,
      right: 1699,
      floor: 0.85,
      accuracy: 0.8495,
      found: "0.8495 on 2,000 rows, at least 0.85",
      what: "accuracy is 0.8495 on 2,000 rows, and at least 0.85 is demanded.",
    },
    {
      rows: 0,
      right: 0,
      floor: 0,
      accuracy: NaN,
      found: "NaN on 0 rows, at least 0",
      what: "accuracy is NaN on 0 rows, and at least 0 is demanded.",
    },
  ]) {
    it(`refuses ${right} right answers of ${rows} where ${floor} is demanded`, () => {
      assert.deepEqual(checkAccuracy(...answers(rows, right), demanded(floor)), {
        name: "accuracy",
        found,
        objections: [objection(what)],
        accuracy,
      });
    });
  }

  it("does not round what is below the floor up to it", () => {
    const [objection] = checkAccuracy(...answers(100_000, 84_999), demanded(0.85)).objections;

    assert.doesNotMatch(objection?.what ?? "", /is 0\.850* on/);
  });

  it("counts a row without an answer as wrong", () => {
    assert.equal(checkAccuracy(["1", "1"], ["1"], demanded(0)).accuracy, 0.5);
  });
});
