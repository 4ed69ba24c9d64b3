/** The share of right answers on the holdout is not below its floor. Pure. */
import type { Check } from "../report.ts";

/**
 * @param floor Lowest accepted accuracy, 0 to 1.
 * @param file The holdout's name, for the objection.
 */
export function checkAccuracy(
  labels: readonly string[],
  predictions: readonly string[],
  { floor, file }: { readonly floor: number; readonly file: string },
): Check & { readonly accuracy: number } {
  const right = labels.filter((label, i) => label === predictions[i]).length;
  const accuracy = right / labels.length;
  const rows = labels.length.toLocaleString("en");
  // Not rounded up to the floor that it missed.
  const rounded = accuracy.toFixed(4);
  const shown = accuracy < floor && Number(rounded) >= floor ? String(accuracy) : rounded;
  // "Not at least", so that the NaN of an empty holdout is refused too.
  const objections =
    accuracy >= floor
      ? []
      : [
          {
            what: `accuracy is ${shown} on ${rows} rows, and at least ${floor} is demanded.`,
            where: `model/contract.json, /validation/metrics/accuracy/min; ${file}`,
            fix: "train a better model; a lower floor is a line in the contract that a reviewer sees",
          },
        ];
  return {
    name: "accuracy",
    found: `${shown} on ${rows} rows, at least ${floor}`,
    objections,
    accuracy,
  };
}
