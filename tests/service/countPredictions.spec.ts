import assert from "node:assert/strict";
import { countPredictions } from "../../service/src/telemetry/countPredictions.ts";
import { approvals, contract } from "../support/serviceApp.ts";

describe("countPredictions", () => {
  let counted: unknown[];
  const metrics = { predictions: (labels: Iterable<unknown>) => void counted.push([...labels]) };
  beforeEach(() => {
    counted = [];
  });

  it("counts the labels of an answer", () => {
    countPredictions(contract, metrics)(approvals(2), ["label", "probabilities"]);

    assert.deepEqual(counted, [[1n, 1n]]);
  });

  it("counts nothing for who asks for the scores only, whatever else there is", () => {
    countPredictions(contract, metrics)(approvals(2), ["probabilities"]);

    assert.deepEqual(counted, []);
  });
});
