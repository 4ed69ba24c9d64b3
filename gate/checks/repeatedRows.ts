/** The holdout's rows are separate cases: none repeats or contradicts another. Pure. */

import { firstFew, whole } from "../../common/shown.ts";
import type { Steps } from "../../common/steps.ts";
import { features } from "../data/features.ts";
import { firstAlike } from "../data/firstAlike.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, inSteps, judged, type Outcome, unjudged, withoutHoldout } from "./check.ts";

const SHOWN = 3;

export const checkRepeatedRows: CheckDefinition = {
  name: "repeatedRows",
  notAsked: withoutHoldout,
  ...inSteps(judgeRows),
};

function* judgeRows({ contract, holdout }: Evidence): Steps<Outcome> {
  if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
  const { rows } = holdout.value;
  const columns = features(contract, holdout.value).map(({ values, exact }) => exact ?? values);
  const alike = yield* firstAlike(columns, rows);
  const groups = { alike, same: yield* firstAlike([alike, holdout.value.targets], rows) };
  const repeating = rowsWhere(rows, (i) => groups.same[i] !== i);
  const contradicting = rowsWhere(rows, (i) => groups.same[i] !== alike[i]);
  const { repeatedRows = "warn", contradictions = "warn" } = contract.validation?.findings ?? {};
  const material = { ...holdout, target: contract.validation?.holdout?.target ?? "" };
  const repeats = dispose(repeatedRows, repetition(repeating, groups, material));
  const contradicts = dispose(contradictions, contradiction(contradicting, groups, material));
  return judged(
    `${count(rows, "row")}, ${number(repeating.length)} repeated, ${number(contradicting.length)} contradicting`,
    {
      objections: [...repeats.objections, ...contradicts.objections],
      warnings: [...repeats.warnings, ...contradicts.warnings],
    },
  );
}

/** Per row, the first row like it. */
interface Groups {
  /** Alike in every feature. */
  readonly alike: Int32Array;
  /** Alike in the right answer, too. */
  readonly same: Int32Array;
}

interface Material {
  readonly file: string;
  readonly value: Holdout;
  readonly target: string;
}

function repetition(found: Int32Array, { same }: Groups, { file, value }: Material): Finding[] {
  if (found.length === 0) return [];
  const { lines, rows } = value;
  const few = Array.from(
    found.subarray(0, SHOWN),
    (row) => `line ${lines[row]} is line ${lines[same[row]!]} again`,
  );
  return [
    {
      what: `${share(found.length, rows)} ${found.length === 1 ? "repeats" : "repeat"} an earlier one: ${firstFew(few, found.length)}.`,
      where: file,
      fix: 'remove them, since they count twice; if they are separate cases, say so: "repeatedRows": "ignore" in model/contract.json, /validation/findings',
    },
  ];
}

function contradiction(found: Int32Array, groups: Groups, { file, value, target }: Material): Finding[] {
  if (found.length === 0) return [];
  const { lines, rows, targets } = value;
  const few = Array.from(found.subarray(0, SHOWN), (row) => {
    const first = groups.alike[row]!;
    return `${targets[row]} in line ${lines[row]} and ${targets[first]} in line ${lines[first]}`;
  });
  const ceiling =
    targets instanceof Float64Array
      ? ""
      : ` No model can be right on more than ${number(mostRight(groups))} of the rows.`;
  return [
    {
      what: `${share(found.length, rows)} ${found.length === 1 ? "is" : "are"} like an earlier one in every feature, but with another ${target}: ${firstFew(few, found.length)}.${ceiling}`,
      where: `${file}, column ${target}`,
      fix: "mend wrong labels, or show the model what tells such rows apart",
    },
  ];
}

/** Rows that are right if all rows alike get the label that most of them have. */
function mostRight({ alike, same }: Groups): number {
  const sizes = new Int32Array(same.length);
  for (const first of same) sizes[first]!++;
  const largest = new Int32Array(alike.length);
  let sum = 0;
  for (let i = 0; i < same.length; i++) {
    const group = alike[i]!;
    const size = sizes[same[i]!]!;
    if (size <= largest[group]!) continue;
    sum += size - largest[group]!;
    largest[group] = size;
  }
  return sum;
}

function rowsWhere(rows: number, holds: (row: number) => boolean): Int32Array {
  const found: number[] = [];
  for (let row = 0; row < rows; row++) if (holds(row)) found.push(row);
  return Int32Array.from(found);
}
const number = (n: number) => whole(n);
const share = (n: number, rows: number) =>
  `${number(n)} of ${count(rows, "row")} (${((100 * n) / rows).toFixed(1)} %)`;
