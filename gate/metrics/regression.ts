/** Metrics of numbers, as scikit-learn defines them. Pure. */
import type { Estimated } from "../evidence/evidence.ts";
import type { Outcome } from "../measure/measurements.ts";
import type { Estimate } from "./estimate.ts";

/** The mean absolute error, in the target's unit. */
export function mae(answers: Estimated): Estimate {
  const errors = residuals(answers).map(Math.abs);
  const value = mean(errors);
  return { value, influence: errors.map((error) => error - value), size: errors.length, kind: "error" };
}

/** The root of the mean squared error, in the target's unit. */
export function rmse(answers: Estimated): Estimate {
  const squares = residuals(answers).map((error) => error ** 2);
  const square = mean(squares);
  const value = Math.sqrt(square);
  return {
    value,
    influence: squares.map((each) => (value === 0 ? 0 : (each - square) / (2 * value))),
    size: squares.length,
    kind: "error",
  };
}

/** The share of the targets' variance that the predictions explain. The mean of the targets has 0, worse predictions less. */
export function r2(answers: Estimated): Outcome<Estimate> {
  const { targets } = answers;
  const centre = mean(targets);
  const deviations = targets.map((target) => (target - centre) ** 2);
  const variance = mean(deviations);
  if (targets.every((target) => target === targets[0])) return { error: "all rows have the same target" };
  const squares = residuals(answers).map((error) => error ** 2);
  const unexplained = mean(squares) / variance;
  return {
    value: 1 - unexplained,
    influence: squares.map((square, row) => (unexplained * deviations[row]! - square) / variance),
    size: targets.length,
    kind: "explained",
  };
}

const residuals = ({ targets, predictions }: Estimated): Float64Array =>
  targets.map((target, row) => predictions[row]! - target);

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
