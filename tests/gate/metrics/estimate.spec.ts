import assert from "node:assert/strict";
import { type Estimate, interval, pairedDifference, rowsToTell } from "../../../gate/metrics/estimate.ts";
import { classified, estimated, estimates } from "../../support/answers.ts";
import { random, sequence } from "../../support/evidence.ts";

const chance = random(7);
/** Numbers from a standard normal distribution (Box and Muller, 1958). */
const normal = () => Math.sqrt(-2 * Math.log(chance())) * Math.cos(2 * Math.PI * chance());

/** The number of draws in which the interval holds the true value. */
function coverage(draws: number, truth: number, draw: () => readonly [number, number]): number {
  const intervals = sequence(draws, draw);
  return intervals.filter(([low, high]) => low <= truth && truth <= high).length / draws;
}

const near = (found: readonly number[], wanted: readonly number[]) =>
  assert.deepEqual(
    found.map((each) => each.toFixed(6)),
    wanted.map((each) => each.toFixed(6)),
  );

/** This many right answers first, then the wrong ones. */
const answered = (right: number, rows: number) =>
  estimates(
    classified({ labels: sequence(rows, () => 1), predictions: sequence(rows, (i) => Number(i < right)) }),
  ).accuracy!;

/** Labels that are right with this probability, for rows of either class. */
const drawn = (rows: number, accuracy: number) => {
  const labels = sequence(rows, () => Number(chance() < 0.5));
  return estimates(
    classified({ labels, predictions: labels.map((label) => (chance() < accuracy ? label : 1 - label)) }),
  );
};

describe("interval", () => {
  it("has a width even if all answers are right, or none", () => {
    near(interval(answered(20, 20)), [0.838875, 1]);
    near(interval(answered(0, 20)), [0, 0.161125]);
  });

  it("is everything where the value rests on no row", () => {
    const never = estimates(classified({ labels: [0, 1, 1], predictions: [0, 0, 0] })).precision!;

    assert.equal(never.value, 0);
    assert.deepEqual(interval(never), [0, 1]);
  });

  it("of a recall without fault rests on the class' rows, not on all", () => {
    const labels = sequence(1000, (i) => Number(i < 20));

    const { recall, accuracy } = estimates(classified({ labels, predictions: labels }));

    near(interval(recall!), interval(answered(20, 20)));
    near(interval(accuracy!), interval(answered(1000, 1000)));
  });

  it("of a perfect ranking rests on the smaller class", () => {
    const labels = sequence(1000, (i) => Number(i < 20));
    const scores = labels.flatMap((label) => [1 - label, label]);

    near(interval(estimates(classified({ labels, predictions: labels, scores })).rocAuc!), [0.838875, 1]);
  });

  it("has a width even if the rows' influences are 0 except for rounding", () => {
    const labels = sequence(20, () => 1);

    const { calibrationError } = estimates(
      classified({ labels, predictions: labels, scores: labels.flatMap(() => [0.3, 0.7]) }),
    );

    assert.notDeepEqual(new Set(calibrationError!.influence), new Set([0]));
    near(interval(calibrationError!), [0.145477, 0.518973]);
  });

  it("of an error is not below 0, and of R² not above 1", () => {
    const outlier = estimates(
      estimated(
        sequence(10, (i) => i),
        sequence(10, (i) => (i === 9 ? 99 : i)),
      ),
    );

    assert.equal(interval(outlier.mae!)[0], 0);
    assert.equal(interval(outlier.r2!)[1], 1);
  });

  for (const { of, truth, draw } of [
    { of: "an accuracy of 0.9 on 200 rows", truth: 0.9, draw: () => drawn(200, 0.9).accuracy! },
    { of: "an accuracy of 0.98 on 60 rows", truth: 0.98, draw: () => drawn(60, 0.98).accuracy! },
    { of: "a balanced accuracy", truth: 0.8, draw: () => drawn(200, 0.8).balancedAccuracy! },
    { of: "a precision", truth: 0.8, draw: () => drawn(200, 0.8).precision! },
    { of: "an F1", truth: 0.8, draw: () => drawn(200, 0.8).f1! },
    {
      of: "an F1 of three classes",
      truth: 0.7,
      draw: () => {
        const labels = sequence(240, (i) => i % 3);
        const predictions = labels.map((label) =>
          chance() < 0.7 ? label : (label + (chance() < 0.5 ? 1 : 2)) % 3,
        );
        return estimates(classified({ classes: ["a", "b", "c"], labels, predictions })).f1!;
      },
    },
    {
      // Two normal distributions, one standard deviation apart: Φ(1/√2).
      of: "an area under the ROC curve",
      truth: 0.760249938906523,
      draw: () => {
        const labels = sequence(200, (i) => Number(i % 4 === 0));
        const scores = labels.flatMap((label) => [0, label + normal()]);
        return estimates(classified({ labels, predictions: labels, scores })).rocAuc!;
      },
    },
    {
      // Labels drawn with exactly this probability: its entropy.
      of: "a log loss",
      truth: -0.7 * Math.log(0.7) - 0.3 * Math.log(0.3),
      draw: () => {
        const labels = sequence(200, () => Number(chance() < 0.7));
        return estimates(
          classified({ labels, predictions: labels, scores: labels.flatMap(() => [0.3, 0.7]) }),
        ).logLoss!;
      },
    },
    {
      of: "a calibration error",
      truth: 0.2,
      draw: () => {
        const labels = sequence(200, () => Number(chance() < 0.7));
        return estimates(
          classified({ labels, predictions: labels, scores: labels.flatMap(() => [0.1, 0.9]) }),
        ).calibrationError!;
      },
    },
    {
      // The mean of a normal distribution's absolute values.
      of: "a mean absolute error",
      truth: 2 * Math.sqrt(2 / Math.PI),
      draw: () => regressed(200).mae!,
    },
    { of: "a root mean squared error", truth: 2, draw: () => regressed(200).rmse! },
    // Targets of variance 9 + 4. The predictions miss 4.
    { of: "an R²", truth: 9 / 13, draw: () => regressed(200).r2! },
  ]) {
    it(`holds the truth in 95 of 100 draws, or nearly: ${of}`, () => {
      const held = coverage(600, truth, () => interval(draw()));

      assert.ok(held >= 0.92 && held <= 0.98, `${held}`);
    });
  }
});

/** Predictions with a standard deviation of 3, and errors with one of 2. */
function regressed(rows: number) {
  const predictions = sequence(rows, () => 3 * normal());
  return estimates(
    estimated(
      predictions.map((prediction) => prediction + 2 * normal()),
      predictions,
    ),
  );
}

describe("pairedDifference", () => {
  it("is Bonett and Price's for accuracies", () => {
    // 20 rows: 4 that only the champion gets right, none that only the model does.
    const { difference, interval: range } = pairedDifference(answered(16, 20), answered(20, 20));

    // (0 - 4) / 22 ± 1.96 √((5/22 + 1/22 - (4/22)²) / 22)
    assert.equal(difference, 16 / 20 - 1);
    near(range, [-0.386389, 0.022752]);
  });

  it("of an error is that of the rows' differences", () => {
    const targets = [0, 0, 0, 0];
    const { difference, interval: range } = pairedDifference(
      estimates(estimated(targets, [1, 2, 3, 4])).mae!,
      estimates(estimated(targets, [1, 1, 1, 1])).mae!,
    );

    // The differences are 0, 1, 2 and 3: mean 1.5, standard error √(1.25 / 4).
    assert.equal(difference, 1.5);
    near(range, [0.404347, 2.595653]);
  });

  it("stays within what two values can differ by", () => {
    const { interval: range } = pairedDifference(answered(0, 1), answered(1, 1));

    assert.equal(range[0], -1);
  });

  for (const { of, truth, draw } of [
    {
      of: "accuracies on rows that are hard for both",
      truth: -0.04,
      draw: () => {
        const labels = sequence(300, () => 1);
        const hard = labels.map(() => chance() < 0.2);
        const guess = (accuracy: number) => hard.map((is) => Number(!is || chance() < accuracy));
        const ofModel = estimates(classified({ labels, predictions: guess(0.4) })).accuracy!;
        const ofChampion = estimates(classified({ labels, predictions: guess(0.6) })).accuracy!;
        return [ofModel, ofChampion] as const;
      },
    },
    {
      // Scores one standard deviation apart, and with noise of half of one on top: Φ(1/√2), Φ(1/√2.5).
      of: "areas under the ROC curve",
      truth: 0.760249938906523 - 0.736455371567231,
      draw: () => {
        const labels = sequence(200, (i) => i % 2);
        const scores = labels.map((label) => label + normal());
        const area = (scores: number[]) =>
          estimates(
            classified({ labels, predictions: labels, scores: scores.flatMap((score) => [0, score]) }),
          ).rocAuc!;
        return [area(scores), area(scores.map((score) => score + normal() / 2))] as const;
      },
    },
    {
      of: "root mean squared errors",
      truth: 1 - Math.sqrt(1.25),
      draw: () => {
        const targets = sequence(200, normal);
        const error = (predictions: number[]) => estimates(estimated(targets, predictions)).rmse!;
        return [error(targets.map(() => 0)), error(targets.map(() => normal() / 2))] as const;
      },
    },
  ]) {
    it(`holds the truth in 95 of 100 draws, or nearly: ${of}`, () => {
      const held = coverage(400, truth, () => pairedDifference(...draw()).interval);

      assert.ok(held >= 0.92 && held <= 0.98, `${held}`);
    });
  }
});

const beyond = (estimate: Estimate, bound: number) => {
  const [low, high] = interval(estimate);
  return bound < low || bound > high;
};

describe("rowsToTell", () => {
  it("is a number of rows from which on the bound lies outside the interval", () => {
    const rows = rowsToTell(answered(900, 1000), 0.89);

    assert.equal(Math.round(rows), 3761);
    assert.equal(beyond(answered(3384, 3760), 0.89), false);
    assert.equal(beyond(answered(3393, 3770), 0.89), true);
  });

  it("is one for a value without fault, too", () => {
    const rows = rowsToTell(answered(20, 20), 0.95);

    assert.equal(Math.ceil(rows), 73);
    assert.equal(beyond(answered(72, 72), 0.95), false);
    assert.equal(beyond(answered(73, 73), 0.95), true);
  });

  it("grows with the square of what is missing, for an error", () => {
    const { mae } = estimates(estimated([0, 0, 0, 0], [1, 2, 3, 4]));
    const half = interval(mae!)[1] - mae!.value;

    assert.equal(Math.round(rowsToTell(mae!, mae!.value + half)), 4);
    assert.equal(Math.round(rowsToTell(mae!, mae!.value + half / 10)), 400);
  });

  it("is infinite where the value is the bound", () => {
    assert.equal(rowsToTell(answered(9, 10), 0.9), Infinity);
    assert.equal(rowsToTell(answered(10, 10), 1), Infinity);
  });
});
