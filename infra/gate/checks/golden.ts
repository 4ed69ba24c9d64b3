/** The model answers each golden request as written down, with finite numbers. Pure. */
import type { Evidence } from "../evidence.ts";
import { failed, type TensorValues } from "../measurements.ts";
import { position } from "../position.ts";
import { atMost, type Check, count, type Finding } from "../report.ts";

/** Numbers may differ by the contract's tolerance. Text and integers must be equal. */
export function checkGolden({ contract, golden, measured }: Evidence): Check | undefined {
  const demands = contract.validation?.golden;
  if (demands === undefined) return undefined;
  const check = { name: "golden", found: golden.file, warnings: [] };
  if (golden.value === undefined) return { ...check, objections: golden.findings };
  if (measured === undefined || failed(measured.load))
    return { ...check, objections: [], notJudged: "the model does not load" };
  if (measured.golden.length === 0)
    return { ...check, objections: [], notJudged: "the model has other inputs or outputs" };

  const objections = golden.value.flatMap((request, i): Finding[] => {
    const answer = measured.golden[i];
    const where = `${golden.file}, /requests/${i} (${request.name})`;
    if (answer === undefined) return []; // its process ended before, at a request that has an objection
    if (failed(answer)) {
      const what = `The model fails on a golden request: ${answer.error}`;
      return [{ what, where, fix: "mend the request or the model" }];
    }
    return differences(request.outputs, answer.outputs, demands.tolerance).map((what) => ({
      what,
      where,
      fix: "train or export the model again; if the new answer is right, write it there",
    }));
  });
  const requests = count(golden.value.length, "request");
  const wrong = new Set(objections.map(({ where }) => where)).size;
  return {
    ...check,
    found:
      wrong === 0
        ? `${requests} answered within ${demands.tolerance}`
        : `${requests}, ${wrong} answered otherwise`,
    objections: atMost(5, objections),
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
          `${name}${position(at, shape)} is ${found.data[at]}, and ${data[at]} was expected, within ${tolerance}.`,
        ];
  });
}

/** "Not at least", so that a NaN is never near. */
function near(expected: unknown, found: unknown, tolerance: number): boolean {
  return typeof expected === "number" && typeof found === "number"
    ? Math.abs(expected - found) <= tolerance
    : expected === found;
}
