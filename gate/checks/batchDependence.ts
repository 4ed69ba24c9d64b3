/** The answer to a row is the same, whichever rows are run with it. Pure. */
import {
  type Contract,
  classScores,
  decidedClasses,
  position,
  type TensorValues,
} from "../../contract/index.ts";
import { pickRows } from "../data/pickRows.ts";
import { failed, ran } from "../measure/measurements.ts";
import { standardDeviation } from "../metrics/standardDeviation.ts";
import { count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged, withoutHoldout } from "./check.ts";
import { HOLDOUT } from "./holdout.ts";
import {
  ALONE,
  alonePlaces,
  aloneRows,
  halves,
  isRandom,
  randomOutputs,
  TOGETHER,
} from "./nondeterminism.ts";
import { isNearFor } from "./scoreRounding.ts";

/** The difference that sums of float32 in another order make: far less than any dependence that matters. */
const ROUNDING = { relative: 1e-4, absolute: 1e-6 };
/** No order of sums makes a larger difference, not even in a deep network. */
const MOST_ROUNDING = 0.01;
/** If a regression's answer differs by more than this share of the spread of all answers, it is another answer. */
const ANOTHER_ANSWER = 0.01;
/** Eight steps of float32. Answers that differ by less cannot be told apart. */
const STEPS = 2 ** -20;

/** Compares rows that were run alone with the same rows in the run over the whole holdout. */
export const checkBatchDependence: CheckDefinition = {
  name: "batchDependence",
  notAsked: withoutHoldout,
  judge(evidence) {
    const { contract, holdout, measured, model } = evidence;
    if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
    const [among, alone] = [measured.tables[HOLDOUT]!, measured.tables[ALONE]!];
    if (failed(among)) return unjudged("the model did not answer the holdout");
    if (!ran(among)) return notHad(among);
    if (!ran(alone) && !failed(alone)) return notHad(alone);
    const { lines } = holdout.value;
    const picked = aloneRows(contract, holdout.value);
    const asked = contract.validation?.findings?.batchDependence;
    const action = asked ?? "refuse";
    if (failed(alone)) {
      const finding = {
        what: `The model answers rows together, but fails on a row alone: ${alone.error}.`,
        where: "model/model.onnx",
        fix: alone.fix ?? "export the model so that it takes any number of rows",
      };
      return judged(`${count(picked.length, "row")} alone`, dispose(action, [finding]));
    }
    const random = randomOutputs(evidence);
    if (
      isRandom(evidence, random) &&
      (contract.validation?.findings?.nondeterminism ?? "refuse") === "refuse"
    )
      return unjudged("the same rows are answered differently each time"); // which nondeterminism objects to
    const names = Object.keys(alone.outputs).filter((name) => !random.has(name));
    const together = measured.tables[TOGETHER];
    const others =
      together !== undefined && ran(together)
        ? pickRows(together.outputs, alonePlaces(contract, holdout.value))
        : {};
    const operators = failed(model.facts) ? [] : model.facts.operators;
    const found = differences(
      contract,
      names.filter((name) => name in among.outputs || name in others),
      {
        alone: halves(alone)[0],
        among: { ...others, ...pickRows(among.outputs, picked) },
        spreadOf: (name) => {
          const output = among.outputs[name] ?? others[name];
          return output && spreadOf(contract, name, output);
        },
        lines: picked.map((row) => lines[row]!),
        isQuantised: operators.some(isDynamicQuantisation),
      },
    );
    const { objections, warnings } = dispose(
      action,
      found.filter(({ isAnother }) => isAnother || asked === "refuse").map(({ finding }) => finding),
    );
    // A number that differs but changes no answer is no reason to refuse unless the contract says so: deep networks round
    // like this. It is no news if others do change an answer.
    const isNews = asked !== "refuse" && found.every(({ isAnother }) => !isAnother);
    const slight = isNews ? found.map(({ finding }) => finding) : [];
    return judged(
      `${count(picked.length, "row")} alone and among others, ${count(found.length, "output")} differing${random.size === 0 ? "" : `, without ${[...random].join(" and ")}, which the contract allows to be random`}`,
      { objections, warnings: action === "ignore" ? [] : [...warnings, ...slight] },
    );
  },
};

const FIX =
  "export the model without operators that look across rows: batch normalisation in training mode, a mean or a ranking over the first axis";
const quantised = (accepted: "warn" | "ignore") =>
  `the model is quantised dynamically, so its scale depends on all rows of a run: quantise it statically (onnxruntime.quantization.quantize_static), or accept it: "batchDependence": "${accepted}" in model/contract.json, /validation/findings`;

const isDynamicQuantisation = (operator: string) => /:Dynamic(Quantize|.*MatMul)/.test(operator);

interface Compared {
  readonly alone: TensorValues;
  readonly among: TensorValues;
  /** The standard deviation of an output, if its numbers are answers and not scores. */
  readonly spreadOf: (output: string) => number | undefined;
  /** Each row's line in the holdout's file. */
  readonly lines: Int32Array;
  readonly isQuantised: boolean;
}

/** One for each output in which a row differs. `isAnother`: not only its digits differ, it is another answer. */
function differences(
  contract: Contract,
  given: readonly string[],
  compared: Compared,
): { finding: Finding; isAnother: boolean }[] {
  const { spreadOf, lines, isQuantised } = compared;
  const tolerance = contract.validation?.golden.tolerance ?? 0;
  const isTied = tiesOf(contract, compared.among);
  const isMade = contract.prediction === undefined && given.includes(contract.scores!);
  const names = isMade ? [MADE_LABEL, ...given] : given;
  const [alone, among] = [compared.alone, compared.among].map((outputs) =>
    isMade ? { ...outputs, [MADE_LABEL]: madeLabel(contract, outputs) } : outputs,
  ) as [TensorValues, TensorValues];
  return names.flatMap((name) => {
    const { shape, data } = among[name]!;
    const spread = spreadOf(name);
    const width = data.length / lines.length;
    const other = alone[name]!.data;
    const isFloat = data instanceof Float32Array || data instanceof Float64Array;
    const differs = (at: number) =>
      isFloat ? !isNear(data[at]!, other[at] as number, tolerance, spread) : data[at] !== other[at];
    const isLabel =
      contract.task === "classification" && name === (isMade ? MADE_LABEL : contract.prediction);
    const differing = Array.from(lines.keys()).flatMap((row) => {
      if (isLabel && isTied(row)) return [];
      const places = Array.from({ length: width }, (_, k) => row * width + k).filter(differs);
      return places.length === 0 ? [] : [{ row, at: worst(places, data, other) }];
    });
    if (differing.length === 0) return [];
    const size = ({ at }: { at: number }) => distance(data[at], other[at]);
    const { row, at } = isFloat ? differing.toSorted((a, b) => size(b) - size(a))[0]! : differing[0]!;
    const element = `${name}${width === 1 ? "" : position(at % width, shape.slice(1))}`;
    const apart = size({ at });
    const isAnother =
      isLabel || !isFloat || apart === Infinity || (spread !== undefined && apart > ANOTHER_ANSWER * spread);
    return [
      {
        isAnother,
        finding: {
          what: `${element} for line ${lines[row]} is ${other[at]} when that row is run alone, and ${data[at]} among other rows; ${differing.length} of ${count(lines.length, "row")} ${differing.length === 1 ? "differs" : "differ"}${isAnother ? "" : ", and no answer changes"}.`,
          where: `model/model.onnx, output ${name === MADE_LABEL ? contract.scores : name}`,
          fix: isQuantised
            ? quantised(isAnother ? "warn" : "ignore")
            : isAnother || apart > MOST_ROUNDING * Math.max(1, Math.abs(data[at] as number))
              ? FIX
              : SLIGHT,
        },
      },
    ];
  });
}

/** The name of what is no output of the model: the label that the answer makes from its scores. */
const MADE_LABEL = "the label";

function madeLabel(contract: Contract, outputs: TensorValues): TensorValues[string] {
  const { shape, data } = outputs[contract.scores!]!;
  const [rows = 0] = shape;
  const indices = decidedClasses(contract, data as Float32Array, rows);
  return { shape: [rows], data: Array.from(indices, (index) => String(contract.classes![index])) };
}

const SLIGHT =
  "do nothing if only the order of sums differs, as in deep networks; otherwise export the model without operators that look across rows";

/** The place where the numbers are farthest apart, or the first if they are no numbers. */
function worst(places: readonly number[], data: ArrayLike<unknown>, other: ArrayLike<unknown>): number {
  const size = (at: number) => distance(data[at], other[at]);
  return places.reduce((most, at) => (size(at) > size(most) ? at : most));
}

/** Infinite if one of them is no number. */
function distance(a: unknown, b: unknown): number {
  const apart = Math.abs(Number(a) - Number(b));
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

function spreadOf({ scores }: Contract, name: string, { data }: TensorValues[string]): number | undefined {
  if (name === scores || !(data instanceof Float32Array || data instanceof Float64Array)) return undefined;
  return standardDeviation(data);
}

/** @param spread Spread of a regression's answers. If all are far from zero, the rounding of one may be as large as the spread. */
function isNear(a: number, b: number, tolerance: number, spread = Number.POSITIVE_INFINITY): boolean {
  const rounding = ROUNDING.absolute + ROUNDING.relative * Math.abs(a);
  const near = Math.min(rounding, Math.max(ANOTHER_ANSWER * spread, STEPS * Math.abs(a)));
  return Object.is(a, b) || Math.abs(a - b) <= Math.max(tolerance, near);
}

/** Whether rounding may decide a row's label: its two highest scores are as good as equal, or its score is the threshold. */
function tiesOf(contract: Contract, among: TensorValues): (row: number) => boolean {
  const { scores, decision, threshold = 0 } = contract;
  if (scores === undefined) return () => false;
  const { data, shape } = among[scores]!;
  const [rows = 0] = shape;
  const numbers = classScores(contract, data as Float32Array, rows);
  const width = numbers.length / rows;
  const isNear = isNearFor(contract, numbers);
  return (row) => {
    const own = Array.from(numbers.subarray(row * width, (row + 1) * width));
    if (decision === "threshold") return isNear(own[1]!, threshold);
    const [highest = 0, second = Number.NEGATIVE_INFINITY] = own.toSorted((a, b) => b - a);
    return isNear(highest, second);
  };
}
