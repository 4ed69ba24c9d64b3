import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { MetricName } from "../../../contract/metricNames.ts";
import type { Answers } from "../../../gate/evidence/evidence.ts";
import { failed } from "../../../gate/measure/measurements.ts";
import { classRatio, RATIO_NAMES, type RatioName } from "../../../gate/metrics/classification.ts";
import { type Estimate, interval } from "../../../gate/metrics/estimate.ts";
import { estimate } from "../../../gate/metrics/estimates.ts";
import { takeRows } from "../../../gate/metrics/takeRows.ts";
import { classified, estimated, estimates } from "../../support/answers.ts";

/** Random answers and scikit-learn's values for them. sklearn/generate.py writes both. */
interface Expected {
  readonly name: string;
  readonly task: "classification" | "regression";
  readonly classes: readonly string[];
  readonly labels: readonly number[];
  readonly predictions: readonly number[];
  readonly scores?: readonly number[];
  readonly targets: readonly number[];
  readonly metrics: Readonly<Partial<Record<MetricName, number>>>;
  readonly byClass: Readonly<Record<RatioName, readonly number[]>>;
  readonly accuracyInterval: readonly [number, number];
}

const expected = readFileSync(new URL("sklearn/expected.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Expected);

const answersOf = (set: Expected): Answers =>
  set.task === "regression" ? estimated(set.targets, set.predictions) : classified(set);

const near = (found: number | undefined, wanted: number, what: string) => {
  assert.ok(found !== undefined, `${what} is absent`);
  const distance = Math.abs(found - wanted);
  assert.ok(distance <= 1e-12 * Math.max(1, Math.abs(wanted)), `${what}: ${found} instead of ${wanted}`);
};

/** The rows' influences add up to 0. Otherwise they are not the value's derivative. */
const centred = ({ value, influence }: Estimate, what: string) => {
  const sum = influence.reduce((sum, each) => sum + each, 0);
  near(sum / influence.length / Math.max(1, value), 0, `the mean influence on ${what}`);
};

describe("the metrics", () => {
  for (const set of expected) {
    it(`are scikit-learn's: ${set.name}`, () => {
      const found = estimates(answersOf(set));

      assert.deepEqual(Object.keys(found), Object.keys(set.metrics));
      for (const [metric, wanted] of Object.entries(set.metrics)) {
        near(found[metric as MetricName]?.value, wanted, metric);
        centred(found[metric as MetricName]!, metric);
      }
    });
  }

  for (const set of expected.filter(({ task }) => task === "classification")) {
    it(`are scikit-learn's for each class that occurs: ${set.name}`, () => {
      set.classes.forEach((name, k) => {
        const labelled = set.labels.includes(k);
        const occurs = labelled || set.predictions.includes(k);
        for (const ratio of RATIO_NAMES) {
          const found = classRatio(classified(set), ratio, k);

          if (!(ratio === "recall" ? labelled : occurs))
            assert.deepEqual(found, { error: `no row has class ${name}` });
          else if (failed(found)) assert.fail(found.error);
          else {
            near(found.value, set.byClass[ratio][k]!, `${ratio} of class ${name}`);
            centred(found, ratio);
          }
        }
      });
    });

    it(`give accuracy the interval that scipy calls Wilson's: ${set.name}`, () => {
      const [low, high] = interval(estimates(classified(set)).accuracy!);

      near(low, set.accuracyInterval[0], "low");
      near(high, set.accuracyInterval[1], "high");
    });
  }

  for (const { fact, answers, metric, error } of [
    {
      fact: "a class without rows has no ROC curve",
      answers: classified({ labels: [0, 0], predictions: [0, 0], scores: [1, 0, 1, 0] }),
      metric: "rocAuc",
      error: "no row has class 1",
    },
    {
      fact: "a class with all rows has no ROC curve",
      answers: classified({ labels: [1, 1], predictions: [0, 0], scores: [1, 0, 1, 0] }),
      metric: "rocAuc",
      error: "all rows have class 1",
    },
    {
      fact: "a class without rows has no recall",
      answers: classified({ labels: [0, 0], predictions: [0, 1] }),
      metric: "recall",
      error: "no row has class 1",
    },
    {
      fact: "without scores there is no log loss",
      answers: classified({ labels: [0, 1], predictions: [0, 1] }),
      metric: "logLoss",
      error: "the contract names no scores",
    },
    {
      fact: "scores outside 0 to 1 are no probabilities",
      answers: classified({ labels: [0, 1], predictions: [0, 1], scores: [-2.5, 3.5, 0.123456, 0.876544] }),
      metric: "logLoss",
      error: "the scores run from -2.5 to 3.5, and probabilities from 0 to 1",
    },
    {
      fact: "scores that do not add up to 1 are no probabilities",
      answers: classified({ labels: [0, 1], predictions: [0, 1], scores: [0.9, 0.8, 0.5, 0.498] }),
      metric: "calibrationError",
      error: "the scores of a row add up to 0.998 to 1.7, and probabilities to 1",
    },
    {
      fact: "numbers that are all the same have no variance to explain",
      answers: estimated([0.1, 0.1, 0.1], [0, 1, 2]),
      metric: "r2",
      error: "all rows have the same target",
    },
    {
      fact: "a regression has no accuracy",
      answers: estimated([1], [1]),
      metric: "accuracy",
      error: "the task is regression",
    },
    {
      fact: "a classification has no mean absolute error",
      answers: classified({ labels: [1], predictions: [1] }),
      metric: "mae",
      error: "the task is classification",
    },
  ] as const) {
    it(`say why they have no value: ${fact}`, () => {
      assert.deepEqual(estimate(answers, metric), { error });
    });
  }

  it("take scores that miss 1 by rounding", () => {
    const answers = classified({ labels: [0, 1], predictions: [0, 1], scores: [0.5, 0.5006, 0.5, 0.4994] });

    assert.equal(failed(estimate(answers, "logLoss")), false);
  });
});

describe("takeRows", () => {
  it("takes labels, predictions and scores of the rows, in their order", () => {
    const answers = classified({
      labels: [0, 1, 0],
      predictions: [1, 1, 0],
      scores: [0.4, 0.6, 0.3, 0.7, 0.8, 0.2],
    });

    assert.deepEqual(
      takeRows(answers, Int32Array.of(2, 0)),
      classified({ labels: [0, 0], predictions: [0, 1], scores: [0.8, 0.2, 0.4, 0.6] }),
    );
  });

  it("takes targets and predictions of a regression", () => {
    assert.deepEqual(
      takeRows(estimated([1, 2, 3], [4, 5, 6]), Int32Array.of(2, 0)),
      estimated([3, 1], [6, 4]),
    );
  });
});
