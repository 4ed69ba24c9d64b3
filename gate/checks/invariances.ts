/** The score moves with a feature as the contract says, on rows of the holdout in which only that feature changes. Pure. */

import { shown } from "../../common/shown.ts";
import {
  type Contract,
  classScores,
  givesProbabilities,
  heldAs,
  type Invariance,
  rangeOf,
  type TensorValues,
} from "../../contract/index.ts";
import { encode } from "../data/encode.ts";
import { type Feature, features } from "../data/features.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { evenlySpaced } from "../data/pickRows.ts";
import type { Table } from "../data/rowsToRun.ts";
import { tensorsOf } from "../data/tensorsOf.ts";
import { batchRows } from "../measure/limits.ts";
import { failed, notRun, type Outcome, type TableAnswers } from "../measure/measurements.ts";
import { count, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";
import { largest, STEP_AT_1 } from "./scoreRounding.ts";

/** Rows of the holdout in which the feature is varied. */
const ROWS = 100;
/** Values over the whole range, a hundredth of it apart: any dip as wide as a fiftieth has at least one inside. */
const OVER_RANGE = 101;
/** Values from the data, evenly spaced over the sorted column: they are dense where the data is dense. */
const OF_DATA = 60;
/** Categories and texts. */
const MOST_TEXTS = 200;
/** Share of a score, or of the largest one if that is below 1: float32 has seven digits. */
const TOLERANCE = 1e-6;
/** Digits that float32 has: more would show its rounding. */
const DIGITS = 7;

const tableName = (index: number) => `invariance ${index}`;

/** One table for each invariance: some rows of the holdout, each with every value of the feature. */
export function invarianceTables(contract: Contract, holdout: Holdout): Readonly<Record<string, Table>> {
  const output = scoreOutput(contract);
  const invariances = contract.validation?.invariances ?? [];
  return Object.fromEntries(
    invariances.map(({ feature }, i) => {
      const { rows, values } = plan(contract, holdout, feature);
      return [
        tableName(i),
        {
          rows: rows.length * values.length,
          inputs: (from, to) => varied(contract, holdout, { feature, rows, values }, from, to),
          outputs: [output],
          returned: [output],
          batch: batchRows(contract),
        } satisfies Table,
      ];
    }),
  );
}

/** One of them is there: the contract's parser has seen to it. */
const scoreOutput = ({ scores, prediction }: Contract) => (scores ?? prediction)!;

interface Plan {
  /** The rows that are varied. */
  readonly rows: Int32Array;
  /** The feature's values in each row: numbers ascending, texts in the contract's order. */
  readonly values: readonly (number | string)[];
}

function plan(contract: Contract, holdout: Holdout, name: string): Plan {
  const feature = features(contract, holdout).find((candidate) => candidate.name === name)!;
  return { rows: evenlySpaced(holdout.rows, ROWS), values: valuesOf(feature) };
}

function valuesOf({ column, datatype, values }: Feature): readonly (number | string)[] {
  if (!(values instanceof Float64Array)) {
    const texts = column.categories ?? encode(values).distinct.toSorted();
    return Array.from(evenlySpaced(texts.length, MOST_TEXTS), (at) => texts[at]!);
  }
  if (column.categories !== undefined) return (column.categories as number[]).toSorted((a, b) => a - b);
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted();
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
  const [least, most] = rangeOf(datatype);
  // If no range is declared, callers may also send values beyond the data, as far as a tensor holds them.
  const low = Math.max(least, column.min ?? lowest - (highest - lowest));
  const high = Math.min(most, column.max ?? highest + (highest - lowest));
  const held = heldAs(datatype);
  const rounded = (value: number) => (datatype.startsWith("FP") ? held(value) : Math.round(value));
  const overRange = Array.from({ length: OVER_RANGE }, (_, i) =>
    rounded(low + ((high - low) * i) / (OVER_RANGE - 1)),
  );
  const ofData = Array.from(evenlySpaced(sorted.length, OF_DATA), (at) => held(sorted[at]!));
  const all = new Float64Array([...overRange, ...ofData, held(highest)]).toSorted();
  return [...new Set(all)].filter(
    (value) => value >= held(column.min ?? -Infinity) && value <= held(column.max ?? Infinity),
  );
}

/** The rows, each with every value of the feature in turn. Only those in `from` to before `to`. */
function varied(
  contract: Contract,
  holdout: Holdout,
  { feature, rows, values }: Plan & { readonly feature: string },
  from: number,
  to: number,
): TensorValues {
  const picked = Int32Array.from(
    { length: to - from },
    (_, i) => rows[Math.floor((from + i) / values.length)]!,
  );
  const tensors = tensorsOf(contract, holdout, picked);
  const { name, columns } = contract.inputs.find(({ columns }) =>
    columns?.some((column) => column.name === feature),
  )!;
  const place = columns!.findIndex((column) => column.name === feature);
  const { data } = tensors[name]!;
  const isBig = data instanceof BigInt64Array || data instanceof BigUint64Array;
  const cells = data as (number | string | bigint)[];
  for (let at = place, row = from; row < to; at += columns!.length, row++) {
    const value = values[row % values.length]!;
    cells[at] = isBig ? BigInt(value) : value;
  }
  return tensors;
}

export const checkInvariances: CheckDefinition = {
  name: "invariances",
  notAsked: ({ contract }) =>
    contract.validation?.invariances === undefined ? "the contract names none" : undefined,
  judge({ contract, holdout, measured }) {
    const invariances = contract.validation!.invariances!;
    if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
    const { value } = holdout;
    const outcomes = invariances.map((_, i) => measured.tables[tableName(i)]!);
    const missing = outcomes.find((outcome) => notRun(outcome));
    const objections = invariances.flatMap((invariance, i) => {
      const outcome = outcomes[i]!;
      if (notRun(outcome)) return [];
      return judge(invariance, outcome, {
        contract,
        holdout: value,
        pointer: `/validation/invariances/${i}`,
      });
    });
    if (missing !== undefined && objections.length === 0) return notHad(missing);
    return judged(
      `${invariances.length - objections.length} of ${count(invariances.length, "invariance")} kept on ${count(Math.min(value.rows, ROWS), "row")}`,
      { objections },
    );
  },
};

interface Place {
  readonly contract: Contract;
  readonly holdout: Holdout;
  readonly pointer: string;
}

/** At most one finding. */
function judge(
  invariance: Invariance,
  outcome: Outcome<TableAnswers>,
  { contract, holdout, pointer }: Place,
): Finding[] {
  const { feature, score, tolerance } = invariance;
  const where = `model/contract.json, ${pointer}`;
  if (failed(outcome)) {
    const what = `The model fails on rows in which only ${feature} is changed: ${outcome.error}.`;
    const fix = outcome.fix ?? "export the model so that it takes every value that the contract declares";
    return [{ what, where, fix }];
  }
  const { rows, values } = plan(contract, holdout, feature);
  const scores = scoresOf(contract, invariance, outcome.outputs[scoreOutput(contract)]!);
  const floor = Math.max(
    TOLERANCE * Math.min(1, largest(scores)),
    givesProbabilities(contract) ? STEP_AT_1 : 0,
  );
  const moves = Array.from(rows.keys()).flatMap((row) => {
    const move = worstMove(scores.subarray(row * values.length, (row + 1) * values.length), score);
    if (move === undefined) return [];
    const from = Math.abs(scores[row * values.length + move.from]!);
    return move.size > (tolerance ?? Math.max(floor, TOLERANCE * from)) ? [{ row, ...move }] : [];
  });
  const [worst] = moves.toSorted((a, b) => b.size - a.size);
  if (worst === undefined) return [];
  const at = (value: number) => scores[worst.row * values.length + value]!;
  const [from, to] = distinctly(at(worst.from), at(worst.to));
  const verb = at(worst.to) < at(worst.from) ? "falls" : at(worst.to) > at(worst.from) ? "rises" : "changes";
  const growth = `${feature} ${typeof values[0] === "string" ? "goes" : "grows"} from ${shown(values[worst.from]!, DIGITS)} to ${shown(values[worst.to]!, DIGITS)}`;
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

/** The last score if the contract lists no classes. */
function classIndex({ classes }: Contract, invariance: Invariance): number {
  return classes === undefined || invariance.class === undefined ? -1 : classes.indexOf(invariance.class);
}

function subject(contract: Contract, invariance: Invariance): string {
  if (contract.scores === undefined) return "the prediction";
  const label = contract.classes?.at(classIndex(contract, invariance));
  return label === undefined ? "the last score" : `the score of class ${label}`;
}

function scoresOf(contract: Contract, invariance: Invariance, { shape, data: given }: TensorValues[string]) {
  const [rows = 0] = shape;
  const isScored = contract.scores !== undefined;
  const data = isScored ? classScores(contract, given as Float32Array, rows) : given;
  const width = data.length / rows;
  const column = isScored ? (classIndex(contract, invariance) + width) % width : 0;
  return Float64Array.from({ length: rows }, (_, row) => Number(data[row * width + column]));
}

interface Move {
  /** Indices of values, the smaller first. */
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** The largest move between any two values in a forbidden direction. A NaN moves infinitely far. */
function worstMove(scores: Float64Array, allowed: Invariance["score"]): Move | undefined {
  let worst: Move | undefined;
  let [lowest, highest] = [0, 0];
  for (let to = 1; to < scores.length; to++) {
    for (const from of allowed === "stays"
      ? [lowest, highest]
      : [allowed === "increases" ? highest : lowest]) {
      const rise = scores[to]! - scores[from]!;
      const distance = Math.abs(rise);
      const isWrong = allowed === "stays" || (allowed === "increases" ? rise < 0 : rise >= 0);
      const size = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : isWrong ? distance : -distance;
      if (worst === undefined || size > worst.size) worst = { from, to, size };
    }
    if (scores[to]! > scores[highest]!) highest = to;
    if (scores[to]! < scores[lowest]!) lowest = to;
  }
  return worst;
}

/** With enough digits to tell them apart, but at least four. */
function distinctly(a: number, b: number): [string, string] {
  const isSmall = Math.max(Math.abs(a), Math.abs(b)) < 0.001;
  for (let digits = 4; digits < 15; digits++) {
    const text = (value: number) =>
      isSmall ? String(Number(value.toPrecision(digits))) : value.toFixed(digits);
    if (text(a) !== text(b) || Object.is(a, b)) return [text(a), text(b)];
  }
  return [String(a), String(b)];
}
