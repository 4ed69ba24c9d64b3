import assert from "node:assert/strict";
import type { Contract } from "../../../contract/contract.ts";
import type { TensorValues } from "../../../contract/tensors.ts";
import type { Holdout } from "../../../gate/data/parseHoldout.ts";
import { notFiniteText, toAnswers } from "../../../gate/evidence/answers.ts";
import type { NotFinite } from "../../../gate/measure/orders.ts";

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

const given = (outputs: TensorValues, ...notFinite: readonly NotFinite[]) => ({ outputs, notFinite });

describe("toAnswers", () => {
  it("gives the indices of the contract's classes, -1 for a label that is none", () => {
    assert.deepEqual(
      toAnswers(contract({ classes: [5, 3] }), holdout(["3", "5", "5"]), given(labels(5n, 5n, 4n))),
      {
        task: "classification",
        classes: ["5", "3"],
        labels: Int32Array.of(1, 0, 0),
        predictions: Int32Array.of(0, 0, -1),
        strangers: [{ label: "4", rows: 1, row: 2 }],
      },
    );
  });

  it("makes the label and both scores of a single logit", () => {
    const { prediction: _, ...made } = contract({
      scores: "logit",
      scoresAre: "logits",
      classes: ["no", "yes"],
    });
    const answers = toAnswers(
      made,
      holdout(["yes", "no"]),
      given({ logit: { shape: [2, 1], data: Float64Array.of(0, 1e9) } }),
    );

    assert.deepEqual(answers, {
      task: "classification",
      classes: ["no", "yes"],
      labels: Int32Array.of(1, 0),
      predictions: Int32Array.of(0, 1),
      strangers: [],
      scores: Float64Array.of(0.5, 0.5, 0, 1),
    });
  });

  it("makes no answer of scores that are neither one per class nor a single one of two", () => {
    const single = { p: { shape: [2], data: Float32Array.of(0, 1) } };
    const of = (part: Partial<Contract>) => {
      const { prediction: _, ...made } = contract({ scores: "p", ...part });
      return toAnswers(made, holdout(["a", "b"]), given(single));
    };

    assert.deepEqual(of({ classes: ["a", "b", "c"] }), {
      error: 'its output "p" has the shape [2] for 2 rows and 3 classes',
    });
    assert.deepEqual(
      toAnswers(contract({ scores: "p" }), holdout(["0", "1"]), given({ ...labels(0n, 1n), ...single })),
      { error: 'its output "p" has the shape [2] for 2 rows and 2 classes' },
    );
    assert.deepEqual(of({ classes: ["a", "b"], scoresAre: "numbers" }), {
      error: 'its output "p" has the shape [2] for 2 rows and 2 classes',
    });
  });

  it("gives each label that is none once, in the order in which they come, with its rows and the first of them", () => {
    const answers = toAnswers(
      contract({ classes: ["a", "b"] }),
      holdout(["a", "b", "a", "b", "a", "b"]),
      given({ label: { shape: [6], data: ["d", "a", "c", "d", "b", "d"] } }),
    );

    assert.deepEqual(answers, {
      task: "classification",
      classes: ["a", "b"],
      labels: Int32Array.of(0, 1, 0, 1, 0, 1),
      predictions: Int32Array.of(-1, 0, -1, -1, 1, -1),
      strangers: [
        { label: "d", rows: 3, row: 0 },
        { label: "c", rows: 1, row: 2 },
      ],
    });
  });

  it("takes all labels that occur where the contract names none, in the order of numbers or of text", () => {
    const numbers = toAnswers(contract({}), holdout(["10", "9"]), given(labels(9n, 2n)));
    assert.deepEqual(numbers, {
      task: "classification",
      classes: ["2", "9", "10"],
      labels: Int32Array.of(2, 1),
      predictions: Int32Array.of(1, 0),
      strangers: [],
    });

    const words = toAnswers(
      contract({}),
      holdout(["10", "no"]),
      given({ label: { shape: [2], data: ["b", "a"] } }),
    );
    assert.deepEqual("classes" in words && words.classes, ["10", "a", "b", "no"]);
  });

  it("reads labels that a model gives as floats", () => {
    const answers = toAnswers(
      contract({ classes: [0, 1] }),
      holdout(["0", "1", "1"]),
      given({ label: { shape: [3, 1], data: Float32Array.of(1, 0, 0.25) } }),
    );
    assert.deepEqual(answers, {
      task: "classification",
      classes: ["0", "1"],
      labels: Int32Array.of(0, 1, 1),
      predictions: Int32Array.of(1, 0, -1),
      strangers: [{ label: "0.25", rows: 1, row: 2 }],
    });
  });

  it("adds the scores, one per row and class, as they are", () => {
    const data = Float32Array.of(0.75, 0.25, 0.5, 0.5);
    const answers = toAnswers(
      contract({ classes: [0, 1], scores: "p" }),
      holdout(["0", "1"]),
      given({ ...labels(0n, 1n), p: { shape: [2, 2], data } }),
    );
    assert.deepEqual(answers, {
      task: "classification",
      classes: ["0", "1"],
      labels: Int32Array.of(0, 1),
      predictions: Int32Array.of(0, 1),
      strangers: [],
      scores: data,
    });
  });

  it("gives numbers for a regression", () => {
    assert.deepEqual(
      toAnswers(
        contract({}),
        holdout(Float64Array.of(1, 2)),
        given({ label: { shape: [2, 1], data: BigInt64Array.of(3n, 4n) } }),
      ),
      { task: "regression", targets: Float64Array.of(1, 2), predictions: Float64Array.of(3, 4) },
    );
  });

  const scored = { ...labels(0n, 1n), p: { shape: [2, 2], data: Float32Array.of(0, 1, 0.5, 0.5) } };
  for (const { fact, table, error } of [
    {
      fact: "another number of predictions than rows",
      table: given(labels(1n)),
      error: 'its output "label" has the shape [1] for 2 rows',
    },
    { fact: "no prediction", table: given({}), error: 'its output "label" has the shape [] for 2 rows' },
    {
      fact: "another number of scores than rows and classes",
      table: given({ ...labels(0n, 1n), p: { shape: [2, 3], data: new Float32Array(6) } }),
      error: 'its output "p" has the shape [2,3] for 2 rows and 2 classes',
    },
    {
      fact: "no scores",
      table: given(labels(0n, 1n)),
      error: 'its output "p" has the shape [] for 2 rows and 2 classes',
    },
    {
      fact: "a score that is not finite, with its line",
      table: given(scored, { output: "p", count: 1, value: "NaN", rows: [1] }),
      error: 'its output "p" holds NaN for the row in line 3',
    },
    {
      fact: "predictions that are not finite, with how many and the first line",
      table: given(scored, { output: "label", count: 2, value: "-Infinity", rows: [0, 1] }),
      error:
        'its output "label" holds -Infinity for the row in line 2, and 2 values in all that are no finite numbers',
    },
    {
      fact: "a score that is not finite, after another output that no answer is made of",
      table: given(
        scored,
        { output: "embedding", count: 9, value: "NaN", rows: [0, 1] },
        { output: "p", count: 1, value: "Infinity", rows: [1] },
      ),
      error: 'its output "p" holds Infinity for the row in line 3',
    },
  ]) {
    it(`says what is wrong with ${fact}`, () => {
      assert.deepEqual(toAnswers(contract({ classes: [0, 1], scores: "p" }), holdout(["0", "1"]), table), {
        error,
      });
    });
  }

  it("passes over an output with what is not finite that no answer is made of", () => {
    const table = given(scored, { output: "embedding", count: 9, value: "NaN", rows: [0, 1] });

    assert.deepEqual(
      toAnswers(contract({ classes: [0, 1], scores: "p" }), holdout(["0", "1"]), table),
      toAnswers(contract({ classes: [0, 1], scores: "p" }), holdout(["0", "1"]), given(scored)),
    );
  });
});

describe("notFiniteText", () => {
  it("names the output, the value, the line of the first row with it, and how many there are", () => {
    const lines = Int32Array.of(2, 3, 5);

    assert.equal(
      notFiniteText({ output: "y", count: 1, value: "NaN", rows: [2] }, lines),
      'its output "y" holds NaN for the row in line 5',
    );
    assert.equal(
      notFiniteText({ output: "y", count: 1200, value: "Infinity", rows: [1, 2] }, lines),
      'its output "y" holds Infinity for the row in line 3, and 1,200 values in all that are no finite numbers',
    );
  });
});
