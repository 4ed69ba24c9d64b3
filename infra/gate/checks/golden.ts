/** The model answers each golden request as written down, with finite numbers. Pure. */
import type { Contract, Datatype } from "../../../model/contract.ts";
import { fromFloat16 } from "../../../model/float16.ts";
import { position } from "../../../model/position.ts";
import type { TensorData } from "../../../model/tensors.ts";
import type { Evidence } from "../evidence.ts";
import { failed, type TensorValues } from "../measurements.ts";
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
    return differences(contract, request.outputs, answer.outputs, demands.tolerance).map((what) => ({
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

function differences(
  { outputs }: Contract,
  expected: TensorValues,
  answered: TensorValues,
  tolerance: number,
): string[] {
  return Object.entries(expected).flatMap(([name, { shape, data }]) => {
    const found = answered[name];
    if (found === undefined) return [`${name} was not answered.`];
    if (found.shape.join() !== shape.join())
      return [`${name} has the shape [${found.shape}], and [${shape}] was expected.`];
    const datatype = outputs.find((output) => output.name === name)?.datatype;
    const [wanted, given] = [values(data, datatype), values(found.data, datatype)];
    const alike = datatype?.startsWith("FP") ? near(tolerance) : Object.is;
    const at = wanted.findIndex((value, i) => !alike(value, given[i]));
    return at === -1
      ? []
      : [
          `${name}${position(at, shape)} is ${given[at]}, and ${wanted[at]} was expected, within ${tolerance}.`,
        ];
  });
}

const values = (data: TensorData, datatype: Datatype | undefined): unknown[] =>
  Array.from<unknown, unknown>(data, (value) => (datatype === "FP16" ? fromFloat16(value as number) : value));

/** "Not at least", so that a NaN is never near. */
const near = (tolerance: number) => (expected: unknown, found: unknown) =>
  Math.abs((expected as number) - (found as number)) <= tolerance;
