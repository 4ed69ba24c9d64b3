/** The model answers each golden request as the file says, with finite numbers. Pure. */

import { shown } from "../../common/shown.ts";
import {
  type Contract,
  type Datatype,
  fromFloat16,
  position,
  type TensorData,
  type TensorValues,
} from "../../contract/index.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { failed, notRun, ran } from "../measure/measurements.ts";
import { standardDeviation } from "../metrics/standardDeviation.ts";
import { atMost, count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad } from "./check.ts";

/** Numbers may differ by the contract's tolerance. Text and integers must be equal. */
export const checkGolden: CheckDefinition = {
  name: "golden",
  judge({ contract, golden, measured, answers }) {
    const { tolerance } = contract.validation!.golden;
    if (golden.value === undefined) return judged(golden.file, { objections: golden.findings });
    const objections = golden.value.flatMap((request, i): Finding[] => {
      const answer = measured.golden[i]!;
      const where = `${golden.file}, /requests/${i} (${request.name})`;
      if (notRun(answer)) return [];
      if (failed(answer)) {
        const what = `The model fails on a golden request: ${answer.error.replace(/\.$/, "")}.`;
        return [{ what, where, fix: answer.fix ?? "mend the request or the model" }];
      }
      return differences(contract, request.outputs, answer.outputs, tolerance).map((what) => ({
        what,
        where,
        fix: "train or export the model again; if the new answer is right, write it there",
      }));
    });
    const missing = measured.golden.find((answer) => notRun(answer));
    if (missing !== undefined && objections.length === 0) return notHad(missing);
    const requests = count(golden.value.length, "request");
    const wrong = new Set(objections.map(({ where }) => where)).size;
    return judged(
      wrong === 0 ? `${requests} answered within ${tolerance}` : `${requests}, ${wrong} answered differently`,
      { objections: atMost(5, objections), warnings: tooWide(tolerance, answers) },
    );
  },
};

/** A tolerance above this share of the answers' spread tells no answers apart. */
const MOST = 0.1;

function tooWide(tolerance: number, answers: Evidence["answers"]): Finding[] {
  if (!ran(answers)) return [];
  const numbers = answers.task === "classification" ? answers.scores : answers.predictions;
  if (numbers === undefined) return [];
  const spread = standardDeviation(numbers);
  if (tolerance <= MOST * spread) return [];
  return [
    {
      what: `The golden answers may differ by ${tolerance}, and the model's own ${answers.task === "classification" ? "scores" : "answers"} on the holdout have a standard deviation of ${shown(spread, 3)}: another answer would pass as well.`,
      where: "model/contract.json, /validation/golden/tolerance",
      fix: "lower it: on other machines the same model answers the same to six digits or so",
    },
  ];
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

const near = (tolerance: number) => (expected: unknown, found: unknown) =>
  Math.abs((expected as number) - (found as number)) <= tolerance;
