/** The score moves with a feature as the contract says, on rows of the holdout in which only it is changed. Pure. */
import type { Contract } from "../../../model/contract.ts";
import type { Invariance } from "../../../model/validationSchema.ts";
import type { CheckFunction } from "../evidence.ts";
import { type Feature, features } from "../features.ts";
import type { Holdout } from "../holdout.ts";
import { failed, type Outcome, type Table, type TensorValues } from "../measurements.ts";
import { notJudged } from "../notJudged.ts";
import { evenlySpaced, pickRows } from "../pickRows.ts";
import { count, type Finding } from "../report.ts";
import { shown } from "../shown.ts";

const ROWS = 200;
const VALUES = 8;
const TOLERANCE = 1e-6;

const tableName = (index: number) => `invariance ${index}`;

/** One for each invariance: some rows of the holdout, each as often as the feature has values to take. */
export function invarianceTables(contract: Contract, holdout: Holdout): Readonly<Record<string, Table>> {
  const output = scoreOutput(contract);
  const invariances = contract.validation?.invariances ?? [];
  return Object.fromEntries(
    invariances.map(({ feature }, i) => {
      const { rows, values } = plan(contract, holdout, feature);
      const picked = Int32Array.from(
        { length: rows.length * values.length },
        (_, at) => rows[Math.floor(at / values.length)]!,
      );
      const inputs = withValues(contract, pickRows(holdout.inputs, picked), feature, values);
      return [tableName(i), { rows: picked.length, inputs, outputs: [output], batch: 1024 }];
    }),
  );
}

const scoreOutput = ({ scores, prediction }: Contract) => scores ?? prediction;

/** The rows that are varied, and the values that the feature takes in each, ascending. */
function plan(contract: Contract, holdout: Holdout, name: string) {
  const feature = features(contract, holdout).find((candidate) => candidate.name === name)!;
  return { rows: evenlySpaced(holdout.rows, ROWS), values: valuesOf(feature) };
}

/** The contract's categories in its order, if text; otherwise values that occur, evenly over the sorted column. */
function valuesOf({ column, values }: Feature): readonly (number | string)[] {
  if (!(values instanceof Float64Array))
    return (column.categories ?? [...new Set(values)].toSorted()).slice(0, VALUES);
  const sorted = Float64Array.from(column.categories ? (column.categories as number[]) : values).toSorted();
  const distinct = new Set(sorted);
  const source = distinct.size <= VALUES ? Float64Array.from(distinct) : sorted;
  const last = Math.min(VALUES, source.length) - 1;
  const quantiles = Array.from(
    { length: last + 1 },
    (_, i) => source[last === 0 ? 0 : Math.floor((i * (source.length - 1)) / last)]!,
  );
  return [...new Set(quantiles)];
}

/** The same tensors, in which the feature takes the values in turn. */
function withValues(
  { inputs }: Contract,
  tensors: TensorValues,
  feature: string,
  values: readonly (number | string)[],
): TensorValues {
  const { name, columns } = inputs.find(({ columns }) => columns?.some(({ name }) => name === feature))!;
  const width = columns!.length;
  const { shape, data } = tensors[name]!;
  const place = columns!.findIndex((column) => column.name === feature);
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const changed: unknown[] = data as never;
  for (let at = place, row = 0; at < data.length; at += width, row++) {
    const value = values[row % values.length]!;
    changed[at] = isBig ? BigInt(value) : value;
  }
  return { ...tensors, [name]: { shape, data } };
}

export const checkInvariances: CheckFunction = ({ contract, holdout, measured }) => {
  const invariances = contract.validation?.invariances;
  if (invariances === undefined) return undefined;
  const name = "invariances";
  if (holdout?.value === undefined) return notJudged(name, "the holdout cannot be used");
  const { value } = holdout;
  const outcomes = invariances.map((_, i) => measured?.tables[tableName(i)]);
  if (outcomes.includes(undefined)) return notJudged(name, "the model was not run on the changed rows");
  const objections = invariances.flatMap((invariance, i) =>
    judge(invariance, outcomes[i]!, { contract, holdout: value, pointer: `/validation/invariances/${i}` }),
  );
  return {
    name,
    found: `${invariances.length - objections.length} of ${count(invariances.length, "invariance")} kept on ${count(Math.min(value.rows, ROWS), "row")}`,
    objections,
    warnings: [],
  };
};

interface Place {
  readonly contract: Contract;
  readonly holdout: Holdout;
  readonly pointer: string;
}

/** At most one. */
function judge(
  invariance: Invariance,
  outcome: Outcome<{ readonly outputs: TensorValues }>,
  { contract, holdout, pointer }: Place,
): Finding[] {
  const { feature, score, tolerance = TOLERANCE } = invariance;
  const where = `model/contract.json, ${pointer}`;
  if (failed(outcome)) {
    const what = `The model fails on rows in which only ${feature} is changed: ${outcome.error}`;
    return [{ what, where, fix: "export the model so that it takes every value that the contract declares" }];
  }
  const { rows, values } = plan(contract, holdout, feature);
  const scores = scoresOf(contract, invariance, outcome.outputs[scoreOutput(contract)]!);
  const moves = Array.from(rows.keys()).flatMap((row) => {
    const move = worstMove(scores.subarray(row * values.length, (row + 1) * values.length), score);
    return move !== undefined && move.size > tolerance ? [{ row, ...move }] : [];
  });
  const [worst] = moves.toSorted((a, b) => b.size - a.size);
  if (worst === undefined) return [];
  const at = (value: number) => scores[worst.row * values.length + value]!;
  const [from, to] = distinctly(at(worst.from), at(worst.to));
  const verb = at(worst.to) < at(worst.from) ? "falls" : at(worst.to) > at(worst.from) ? "rises" : "changes";
  const growth = `${feature} ${typeof values[0] === "string" ? "goes" : "grows"} from ${shown(values[worst.from]!)} to ${shown(values[worst.to]!)}`;
  return [
    {
      what: `${subject(contract, invariance)} ${verb} from ${from} to ${to} when ${growth} (line ${holdout.lines[rows[worst.row]!]}), in ${moves.length} of ${count(rows.length, "row")}.`,
      where,
      fix: FIXES[score](feature),
    },
  ];
}

const constrained = (feature: string) =>
  `train with a monotonic constraint on ${feature} (monotonic_cst in scikit-learn), or correct what the contract says`;
const FIXES = {
  increases: constrained,
  decreases: constrained,
  stays: (feature: string) => `train without ${feature}, or correct what the contract says`,
};

/** Without classes in the contract, the last score. */
function classIndex({ classes }: Contract, invariance: Invariance): number {
  return classes === undefined || invariance.class === undefined ? -1 : classes.indexOf(invariance.class);
}

function subject(contract: Contract, invariance: Invariance): string {
  if (contract.scores === undefined) return "the prediction";
  const label = contract.classes?.at(classIndex(contract, invariance));
  return label === undefined ? "the last score" : `the score of class ${label}`;
}

function scoresOf(contract: Contract, invariance: Invariance, { shape, data }: TensorValues[string]) {
  const [rows = 0] = shape;
  const width = data.length / rows;
  const index = classIndex(contract, invariance);
  const column = contract.scores === undefined ? 0 : (index + width) % width;
  return Float64Array.from({ length: rows }, (_, row) => Number(data[row * width + column]));
}

interface Move {
  /** Indices of values, the smaller first. */
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** The largest move between any two values in a direction that the invariance forbids; a NaN moves infinitely far. */
function worstMove(scores: Float64Array, allowed: Invariance["score"]): Move | undefined {
  let worst: Move | undefined;
  for (let to = 1; to < scores.length; to++) {
    for (let from = 0; from < to; from++) {
      const rise = scores[to]! - scores[from]!;
      const wrong = allowed === "stays" ? Math.abs(rise) : allowed === "increases" ? -rise : rise;
      const size = Number.isNaN(wrong) ? Number.POSITIVE_INFINITY : wrong;
      if (worst === undefined || size > worst.size) worst = { from, to, size };
    }
  }
  return worst;
}

/** With as many digits, four at least, as it takes to tell them apart. */
function distinctly(a: number, b: number): [string, string] {
  for (let digits = 4; digits < 15; digits++) {
    const texts: [string, string] = [a.toFixed(digits), b.toFixed(digits)];
    if (texts[0] !== texts[1] || Object.is(a, b)) return texts;
  }
  return [String(a), String(b)];
}
