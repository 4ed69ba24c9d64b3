import assert from "node:assert/strict";
import { classOrder } from "../../adopt/classOrder.ts";
import { OpenQuestion } from "../../adopt/mistake.ts";
import { sequence } from "../support/evidence.ts";

const target = (cells: readonly string[]) => ({ name: "label", cells, file: "rows.csv" });

/** Rows with these labels, given by their place among the scores. Each label's own score is the highest. */
function answered(labels: readonly number[], width: number) {
  const scores = new Float32Array(labels.length * width);
  labels.forEach((label, row) => {
    scores[row * width + label] = 1;
  });
  return { labels: BigInt64Array.from(labels, BigInt), scores };
}

function questionOn(labels: readonly number[], width: number, cells = labels.map(String)): OpenQuestion {
  const answers = answered(labels, width);
  try {
    classOrder(answers.labels, answers.scores, target(cells));
  } catch (error) {
    assert(error instanceof OpenQuestion, String(error));
    return error;
  }
  assert.fail("nothing was asked");
}

describe("classOrder", () => {
  it("asks about 214 classes in one line, with the first that are known", () => {
    const { message, guess, flag } = questionOn(
      sequence(200, (i) => i),
      214,
    );

    assert.equal(
      message,
      "What are the 214 classes, in the order of the scores? The rows show that score 1 is for 0, score 2 is for 1, score 3 is for 2, score 4 is for 3, score 5 is for 4 and 195 more; they show nothing about 14 scores.",
    );
    assert.deepEqual([guess, flag], [undefined, "classes"]);
  });

  it("asks about 214 classes if hardly any are known", () => {
    const { message } = questionOn([7, 7, 3], 214);

    assert.equal(
      message,
      "What are the 214 classes, in the order of the scores? The rows show that score 4 is for 3, score 8 is for 7; they show nothing about 212 scores.",
    );
  });

  it("asks about a single class that no row shows", () => {
    const { message } = questionOn([0, 1], 3);

    assert.equal(
      message,
      "What are the 3 classes, in the order of the scores? The rows show that score 1 is for 0, score 2 is for 1; they show nothing about one score.",
    );
  });

  it("asks nothing if the target has as many labels as are left", () => {
    const { labels, scores } = answered([0, 2, 0], 3);

    assert.deepEqual(classOrder(labels, scores, target(["0", "2", "1"])), {
      classes: [0, 1, 2],
      scored: true,
      decisions: [
        {
          about: "classes",
          choice: "0, 1, 2",
          why: "in the order of the scores, as far as the rows show it; the rest in their own order",
        },
      ],
    });
  });

  it("keeps scores that do not go with the label if a person has named them, and only then", () => {
    const { labels } = answered([0, 1, 1], 2);
    const scores = Float32Array.of(0.25, 0.75, 0.5, 0.25, 0.25, 0.75);
    const of = (areNamed: boolean) => {
      const { decisions, ...found } = classOrder(labels, scores, target(["0", "1", "1"]), undefined, {
        areNamed,
      });
      return { ...found, about: decisions.map(({ about, choice }) => `${about}: ${choice}`) };
    };

    assert.deepEqual(of(true), {
      classes: [0, 1],
      scored: true,
      independent: true,
      about: ["decision: independent", "classes: 0, 1"],
    });
    assert.deepEqual(of(false), {
      classes: [0, 1],
      scored: false,
      about: ["scores: none", "classes: 0, 1"],
    });
  });

  it("finds any order of 214 classes that all have a row", () => {
    const labels = sequence(214, (i) => (i * 17) % 214);
    const { scores } = answered(labels, 214);
    const names = labels.map((label) => BigInt(213 - label));

    const { classes, scored } = classOrder(BigInt64Array.from(names), scores, target(names.map(String)));

    assert.deepEqual(
      classes,
      sequence(214, (k) => 213 - k),
    );
    assert.equal(scored, true);
  });
});
