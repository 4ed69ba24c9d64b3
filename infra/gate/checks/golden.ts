/** The model answers each golden request as written down. Pure. */

import type { GoldenRequest } from "../golden.ts";
import { failed, type Outcome, type TensorValues } from "../measurements.ts";
import { atMost, type Check, type Objection } from "../report.ts";

/**
 * @param file The golden requests' name, for the objections.
 * @param tolerance Largest accepted absolute difference of a number. Text and integers must be equal.
 */
export function checkGolden(
  requests: readonly GoldenRequest[],
  answers: readonly Outcome<{ readonly outputs: TensorValues }>[],
  { file, tolerance }: { readonly file: string; readonly tolerance: number },
): Check {
  const objections = requests.flatMap((request, i) => {
    const answer = answers[i] ?? { error: "The model was not asked." };
    const where = `${file}, /requests/${i} (${request.name})`;
    if (failed(answer))
      return [
        {
          what: `The model fails on a golden request: ${answer.error}`,
          where,
          fix: "mend the request or the model",
        },
      ];
    return differences(request.outputs, answer.outputs, tolerance).map((what) => ({
      what,
      where,
      fix: "train or export the model again; if the new answer is right, write it there",
    }));
  });
  return {
    name: "golden",
    found: `${requests.length} request${requests.length === 1 ? "" : "s"} answered within ${tolerance}`,
    objections: atMost(5, objections satisfies Objection[]),
  };
}

function differences(expected: TensorValues, answered: TensorValues, tolerance: number): string[] {
  return Object.entries(expected).flatMap(([name, { shape, data }]) => {
    const found = answered[name];
    if (found === undefined) return [`${name} was not answered.`];
    if (found.shape.join() !== shape.join())
      return [`${name} has the shape [${found.shape}], and [${shape}] was expected.`];
    const at = Array.from<unknown>(data).findIndex((value, i) => !near(value, found.data[i], tolerance));
    return at === -1
      ? []
      : [
          `${name}${place(at, shape)} is ${found.data[at]}, and ${data[at]} was expected, within ${tolerance}.`,
        ];
  });
}

/** "Not at least", so that a NaN is never near. */
function near(expected: unknown, found: unknown, tolerance: number): boolean {
  return typeof expected === "number" && typeof found === "number"
    ? Math.abs(expected - found) <= tolerance
    : expected === found;
}

/** The indices of a flat position: 5 in [2, 3] is [1][2]. */
function place(position: number, shape: readonly number[]): string {
  let rest = position;
  const indices = shape.toReversed().map((size) => {
    const index = rest % size;
    rest = Math.floor(rest / size);
    return `[${index}]`;
  });
  return indices.toReversed().join("");
}
