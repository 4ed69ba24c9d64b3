import assert from "node:assert/strict";
import { answeredOutputs, toAnswers } from "../../../infra/gate/answers.ts";
import type { Holdout } from "../../../infra/gate/holdout.ts";
import type { TensorValues } from "../../../infra/gate/measurements.ts";
import type { Contract } from "../../../model/contract.ts";

const contract = (part: Partial<Contract>) => ({ prediction: "label", ...part }) as Contract;
const holdout = (targets: Holdout["targets"]) =>
  ({
    rows: targets.length,
    targets,
    lines: Int32Array.from({ length: targets.length }, (_, i) => i + 2),
  }) as unknown as Holdout;
const labels = (...data: bigint[]): TensorValues => ({
  label: { shape: [data.length], data: BigInt64Array.from(data) },
});

describe("toAnswers", () => {
  it("gives the indices of the contract's classes, -1 for a label that is none", () => {
    assert.deepEqual(toAnswers(contract({ classes: [5, 3] }), holdout(["3", "5", "5"]), labels(5n, 5n, 4n)), {
      task: "classification",
      classes: ["5", "3"],
      labels: Int32Array.of(1, 0, 0),
      predictions: Int32Array.of(0, 0, -1),
    });
  });

  it("takes all labels that occur where the contract names none, in the order of numbers or of text", () => {
    const numbers = toAnswers(contract({}), holdout(["10", "9"]), labels(9n, 2n));
    assert.deepEqual("classes" in numbers && numbers.classes, ["2", "9", "10"]);

    const words = toAnswers(contract({}), holdout(["10", "no"]), {
      label: { shape: [2], data: ["b", "a"] },
    });
    assert.deepEqual("classes" in words && words.classes, ["10", "a", "b", "no"]);
  });

  it("reads labels that a model gives as floats", () => {
    const answers = toAnswers(contract({ classes: [0, 1] }), holdout(["0", "1"]), {
      label: { shape: [2, 1], data: Float32Array.of(1, 0) },
    });
    assert.deepEqual("labels" in answers && answers.predictions, Int32Array.of(1, 0));
  });

  it("adds the scores, one per row and class", () => {
    const answers = toAnswers(contract({ classes: [0, 1], scores: "p" }), holdout(["0", "1"]), {
      ...labels(0n, 1n),
      p: { shape: [2, 2], data: Float32Array.of(0.75, 0.25, 0.5, 0.5) },
    });
    assert.deepEqual("scores" in answers && answers.scores, Float64Array.of(0.75, 0.25, 0.5, 0.5));
  });

  it("gives numbers for a regression", () => {
    assert.deepEqual(
      toAnswers(contract({}), holdout(Float64Array.of(1, 2)), {
        label: { shape: [2, 1], data: BigInt64Array.of(3n, 4n) },
      }),
      { task: "regression", targets: Float64Array.of(1, 2), predictions: Float64Array.of(3, 4) },
    );
  });

  for (const { fact, given, error } of [
    {
      fact: "another number of predictions than rows",
      given: labels(1n),
      error: 'its output "label" has the shape [1] for 2 rows',
    },
    { fact: "no prediction", given: {}, error: 'its output "label" has the shape [] for 2 rows' },
    {
      fact: "another number of scores than rows and classes",
      given: { ...labels(0n, 1n), p: { shape: [2, 3], data: new Float32Array(6) } },
      error: 'its output "p" has the shape [2,3] for 2 rows and 2 classes',
    },
    {
      fact: "a score that is not finite, with its line",
      given: { ...labels(0n, 1n), p: { shape: [2, 2], data: Float32Array.of(0, 1, 0.5, NaN) } },
      error: 'its output "p" holds NaN for the row in line 3',
    },
    {
      fact: "a prediction that is not finite",
      given: { label: { shape: [2], data: Float32Array.of(-Infinity, 0) } },
      error: 'its output "label" holds -Infinity for the row in line 2',
    },
  ]) {
    it(`says what is wrong with ${fact}`, () => {
      assert.deepEqual(toAnswers(contract({ classes: [0, 1], scores: "p" }), holdout(["0", "1"]), given), {
        error,
      });
    });
  }
});

describe("answeredOutputs", () => {
  it("are the prediction, and the scores if there are any", () => {
    assert.deepEqual(answeredOutputs(contract({})), ["label"]);
    assert.deepEqual(answeredOutputs(contract({ scores: "p" })), ["label", "p"]);
  });
});
