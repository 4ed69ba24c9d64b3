import assert from "node:assert/strict";
import { classScores, decidedClasses, givesProbabilities } from "../../contract/classScores.ts";
import type { Contract } from "../../contract/contract.ts";

type Scored = Pick<Contract, "scoresAre" | "decision" | "threshold" | "classes">;

const TWO: Scored = { classes: ["no", "yes"] };
const THREE: Scored = { classes: ["a", "b", "c"] };
const logits = (of: Scored): Scored => ({ ...of, scoresAre: "logits" });
const above = (threshold: number, of: Scored): Scored => ({ ...of, decision: "threshold", threshold });

/** By numpy, in float64: numpy.exp(x) / numpy.exp(x).sum() and 1 / (1 + numpy.exp(-x)). */
const SOFTMAX = [0.09003057317038046, 0.24472847105479767, 0.6652409557748219];
const LOGISTIC_2 = 0.8807970779778823;

const near = (found: ArrayLike<number>, expected: readonly number[], within: number) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries())
    assert(Math.abs(found[i]! - value) <= within, `${found[i]} is not ${value}`);
};

describe("classScores", () => {
  it("gives scores that need nothing as they are", () => {
    const given = Float32Array.of(0.25, 0.75, 1, 0);

    assert.equal(classScores(TWO, given, 2), given);
    assert.equal(classScores({ ...TWO, scoresAre: "numbers" }, given, 2), given);
  });

  it("gives the softmax of logits", () => {
    near(classScores(logits(THREE), Float64Array.of(1, 2, 3, -1, 0, 1), 2), [...SOFTMAX, ...SOFTMAX], 1e-15);
    const rounded = classScores(logits(THREE), Float32Array.of(1, 2, 3), 1);
    assert(rounded instanceof Float32Array);
    near(rounded, SOFTMAX, 1e-7);
  });

  it("gives the softmax of logits whose exponentials no number holds", () => {
    near(classScores(logits(THREE), Float32Array.of(1001, 1002, 1003), 1), SOFTMAX, 1e-7);
    assert.deepEqual([...classScores(logits(THREE), Float64Array.of(-1e30, 0, -1e30), 1)], [0, 1, 0]);
  });

  it("gives a single probability to the second class, and the rest to the first", () => {
    assert.deepEqual([...classScores(TWO, Float32Array.of(0.25, 1), 2)], [0.75, 0.25, 0, 1]);
  });

  it("gives the logistic function of a single logit to the second class", () => {
    const given = Float64Array.of(2, -2, 1e9);

    near(
      classScores(logits(TWO), given, 3),
      [1 - LOGISTIC_2, LOGISTIC_2, LOGISTIC_2, 1 - LOGISTIC_2, 0, 1],
      1e-15,
    );
  });
});

const decided = (contract: Scored, given: Float32Array | Float64Array, rows: number) => [
  ...decidedClasses(contract, given, rows),
];

describe("decidedClasses", () => {
  it("takes the first of the highest", () => {
    assert.deepEqual(decided(THREE, Float32Array.of(0.2, 0.5, 0.3, 0.4, 0.2, 0.4), 2), [1, 0]);
    assert.deepEqual(decided(logits(THREE), Float32Array.of(-3, -1, -1, 2, 7, 9), 2), [1, 2]);
  });

  it("tells logits apart whose softmax is rounded to the same", () => {
    const given = Float32Array.of(-5, 0, 1e-9);

    const [, second, third] = classScores(logits(THREE), given, 1);
    assert.equal(second, third);
    assert.deepEqual(decided(logits(THREE), given, 1), [2]);
  });

  it("takes the second class for a single score above one half, or a single logit above zero", () => {
    assert.deepEqual(decided(TWO, Float32Array.of(0.4999, 0.5, 0.5001), 3), [0, 0, 1]);
    assert.deepEqual(decided(logits(TWO), Float32Array.of(-1, 0, 1e-30), 3), [0, 0, 1]);
  });

  it("takes the second class from the threshold on, as float32 has it", () => {
    const given = Float32Array.of(0.69, 0.7, 0.71);

    assert.deepEqual(decided(above(0.7, TWO), given, 3), [0, 1, 1]);
    assert.deepEqual(decided(above(0.7, TWO), Float32Array.of(0.31, 0.69, 0.3, 0.7), 2), [0, 1]);
  });

  it("holds a threshold against the probability that logits make", () => {
    assert.deepEqual(decided(above(0.88, logits(TWO)), Float64Array.of(1.9, 2), 2), [0, 1]);
    assert.deepEqual(decided(above(0.88, logits(TWO)), Float64Array.of(0, 1.9, 1, 3), 2), [0, 1]);
  });
});

describe("givesProbabilities", () => {
  it("is true of probabilities, said or not, and of logits", () => {
    assert.equal(givesProbabilities({ scores: "p" }), true);
    assert.equal(givesProbabilities({ scores: "p", scoresAre: "probabilities" }), true);
    assert.equal(givesProbabilities({ scores: "p", scoresAre: "logits" }), true);
  });

  it("is false of other numbers, and without scores", () => {
    assert.equal(givesProbabilities({ scores: "p", scoresAre: "numbers" }), false);
    assert.equal(givesProbabilities({}), false);
  });
});
