/** The answer to a row is the same whichever rows are asked about with it. Pure. */
import type { Contract } from "../../../model/contract.ts";
import { position } from "../../../model/position.ts";
import { answeredOutputs } from "../answers.ts";
import type { CheckFunction } from "../evidence.ts";
import type { Holdout } from "../holdout.ts";
import { failed, type Table, type TensorValues } from "../measurements.ts";
import { notJudged } from "../notJudged.ts";
import { evenlySpaced, pickRows } from "../pickRows.ts";
import { count, dispose, type Finding } from "../report.ts";

const ALONE = "rows alone";
const ROWS = 64;
/** What sums in another order make of float32: far less than any dependence that matters. */
const ROUNDING = { relative: 1e-4, absolute: 1e-6 };

/** Some rows of the holdout, each in a run of its own. */
export function batchTables(contract: Contract, holdout: Holdout): Readonly<Record<string, Table>> {
  const picked = evenlySpaced(holdout.rows, ROWS);
  const inputs = pickRows(holdout.inputs, picked);
  return { [ALONE]: { rows: picked.length, inputs, outputs: answeredOutputs(contract), batch: 1 } };
}

/** Compares them with the same rows in the run over the whole holdout. */
export const checkBatchDependence: CheckFunction = ({ contract, holdout, measured }) => {
  if (holdout === undefined) return undefined;
  const among = measured?.tables["holdout"];
  const alone = measured?.tables[ALONE];
  if (holdout.value === undefined || among === undefined || alone === undefined || failed(among))
    return notJudged("batchDependence", "the model did not answer the holdout");
  const { rows, lines } = holdout.value;
  const picked = evenlySpaced(rows, ROWS);
  const findings: readonly Finding[] = failed(alone)
    ? [
        {
          what: `The model answers rows together, and fails on a row alone: ${alone.error}`,
          where: "model/model.onnx",
          fix: "export the model so that it takes any number of rows",
        },
      ]
    : differences(contract, {
        alone: alone.outputs,
        among: pickRows(among.outputs, picked),
        lines: picked.map((row) => lines[row]!),
      });
  return {
    name: "batchDependence",
    found: `${count(picked.length, "row")} alone and among others, ${count(findings.length, "output")} differing`,
    ...dispose(contract.validation?.findings?.batchDependence ?? "refuse", findings),
  };
};

interface Compared {
  readonly alone: TensorValues;
  readonly among: TensorValues;
  /** Of each row in the holdout's file. */
  readonly lines: Int32Array;
}

/** One for each output in which a row differs. */
function differences(contract: Contract, compared: Compared): Finding[] {
  const { alone, among, lines } = compared;
  const tolerance = contract.validation?.golden.tolerance ?? 0;
  return answeredOutputs(contract).flatMap((name) => {
    const { shape, data } = among[name]!;
    const width = data.length / lines.length;
    const other = alone[name]!.data;
    const isFloat = data instanceof Float32Array || data instanceof Float64Array;
    const differs = (at: number) =>
      isFloat ? !isNear(data[at]!, other[at] as number, tolerance) : data[at] !== other[at];
    const isLabel = contract.task === "classification" && name === contract.prediction;
    const differing = Array.from(lines.keys()).flatMap((row) => {
      if (isLabel && isTied(contract, among, row, tolerance)) return [];
      const at = Array.from({ length: width }, (_, k) => row * width + k).find(differs);
      return at === undefined ? [] : [{ row, at }];
    });
    const [first] = differing;
    if (first === undefined) return [];
    const { row, at } = first;
    const element = `${name}${width === 1 ? "" : position(at % width, shape.slice(1))}`;
    return [
      {
        what: `${element} for line ${lines[row]} is ${other[at]} where that row is alone, and ${data[at]} among other rows; ${differing.length} of ${count(lines.length, "row")} ${differing.length === 1 ? "differs" : "differ"}.`,
        where: `model/model.onnx, output ${name}`,
        fix: "export the model without what looks across rows: batch normalisation in training mode, a mean or a ranking over the first axis",
      },
    ];
  });
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(tolerance, closeness(a));
}

const closeness = (value: number) => ROUNDING.absolute + ROUNDING.relative * Math.abs(value);

/** Whether rounding may decide the label: the two highest scores are as good as equal. */
function isTied({ scores }: Contract, among: TensorValues, row: number, tolerance: number): boolean {
  if (scores === undefined) return false;
  const { data, shape } = among[scores]!;
  const width = data.length / shape[0]!;
  const [highest = 0, second = Number.NEGATIVE_INFINITY] = Float64Array.from(
    data.slice(row * width, (row + 1) * width) as Float32Array,
  )
    .toSorted()
    .toReversed();
  return isNear(highest, second, tolerance);
}
