import assert from "node:assert/strict";
import { countPredictions } from "../../../service/src/telemetry/countPredictions.ts";
import { predictionOf } from "../../support/predictionOf.ts";
import { approvals, contract } from "../../support/serviceApp.ts";

describe("countPredictions", () => {
  let counted: unknown[];
  const metrics = { predictions: (labels: Iterable<unknown>) => void counted.push([...labels]) };
  beforeEach(() => {
    counted = [];
  });

  it("counts the labels of an answer", () => {
    countPredictions(contract, metrics)(predictionOf({ results: approvals(2) }));

    assert.deepEqual(counted, [[1n, 1n]]);
  });

  it("counts the labels that are made from the scores", () => {
    const { prediction: _, ...scoresAlone } = contract;
    const results = new Map([...approvals(2)].slice(1));
    countPredictions({ ...scoresAlone, classes: ["no", "yes"] }, metrics)(predictionOf({ results }));

    assert.deepEqual(counted, [["yes", "yes"]]);
  });

  it("counts nothing for a caller that asks for the scores only", () => {
    const results = new Map([...approvals(2)].slice(1));
    countPredictions(contract, metrics)(predictionOf({ results }));

    assert.deepEqual(counted, []);
  });
});
