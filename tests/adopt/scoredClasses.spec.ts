import assert from "node:assert/strict";
import { scoredClasses } from "../../adopt/scoredClasses.ts";

const target = (...cells: readonly string[]) => ({ name: "animal", cells, file: "animals.csv" });

function found(scores: readonly number[], cells: readonly string[], chosen?: readonly string[]) {
  const { classes, scoresAre, decisions } = scoredClasses(
    Float64Array.from(scores),
    target(...cells),
    chosen,
  );
  return { classes, scoresAre, why: decisions.map(({ why }) => why) };
}

/** Scores of one row for each entry of `top`, which says which score is the highest. */
const tops = (width: number, ...top: readonly number[]) =>
  top.flatMap((k) => Array.from({ length: width }, (_, i) => (i === k ? 2 : -1)));

describe("scoredClasses", () => {
  it("gives each score the label of most of the rows in which it is the highest", () => {
    assert.deepEqual(found(tops(3, 0, 0, 0, 1, 2, 2), ["dog", "dog", "cat", "cat", "bird", "bird"]), {
      classes: ["dog", "cat", "bird"],
      scoresAre: "logits",
      why: [
        "in the order of the scores: the highest score is the target's in 0.8333 of the rows",
        'they are no probabilities: their softmax is answered; if they are no logits, say "numbers" in the contract',
      ],
    });
  });

  it("gives a score that is never the highest the label that is left", () => {
    const { classes } = found(tops(3, 0, 0, 2, 2), ["b", "b", "a", "c"]);

    assert.deepEqual(classes, ["b", "c", "a"]);
  });

  it("takes labels that number the scores by their numbers, though some of them have no row", () => {
    const { classes, why } = found(tops(4, 3, 1, 1), ["3", "1", "3"]);

    assert.deepEqual(classes, [0, 1, 2, 3]);
    assert.equal(
      why[0],
      "the target numbers the scores from 0 on; the highest score is the target's in 0.6667 of the rows",
    );
  });

  it("does not take them so if the rows show another order", () => {
    assert.deepEqual(found(tops(2, 0, 0, 1), ["1", "1", "0"]).classes, [1, 0]);
  });

  for (const [fact, scores, cells] of [
    ["two scores are for the same label", tops(2, 0, 0, 1, 1), ["a", "a", "a", "b"]],
    ["two labels are in no row's highest score", tops(4, 0, 1), ["a", "b"]],
  ] as const)
    it(`asks if ${fact}`, () => {
      assert.throws(() => found(scores, cells), {
        name: "OpenQuestion",
        flag: "classes",
        message: /^What are the \d classes, in the order of the scores\?$/,
      });
    });

  it("takes the classes that are named, whatever the rows show", () => {
    const { classes, why } = found(tops(3, 0, 1), ["b", "a"], ["a", "b", "c"]);

    assert.deepEqual(classes, ["a", "b", "c"]);
    assert.equal(why[0], "named by --classes, in that order");
  });

  it("takes for the second class the one whose rows score higher", () => {
    assert.deepEqual(found([0.9, 0.8, 0.1], ["a", "a", "b"]), {
      classes: ["b", "a"],
      scoresAre: "probabilities",
      why: [
        "the score is that of a: its mean is 0.8500 in the rows of a, and 0.1000 in those of b",
        "from 0 to 1: the other class has the rest to 1",
      ],
    });
    assert.deepEqual(found([-3, 4], ["0", "1"]).scoresAre, "logits");
  });

  it("tells probabilities, and percentages, which are neither", () => {
    assert.equal(found([0.25, 0.75, 0.5, 0.5], ["0", "1"]).scoresAre, "probabilities");
    assert.equal(found([25, 75, 50, 50], ["0", "1"]).scoresAre, "numbers");
    assert.equal(found([Math.log(0.25), Math.log(0.75), -1, -2], ["0", "1"]).scoresAre, "logits");
  });
});
