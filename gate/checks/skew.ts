/** The holdout keeps to the ranges and categories that the contract declares. Pure. */

import { firstFew, shown, whole } from "../../common/shown.ts";
import type { Steps } from "../../common/steps.ts";
import { type Contract, heldAs, limitsHeldAs } from "../../contract/index.ts";
import { encodeLabels } from "../data/encode.ts";
import { type Feature, features } from "../data/features.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { atMost, count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, inSteps, judged, type Outcome, unjudged, withoutHoldout } from "./check.ts";

const SHOWN = 3;

export const checkSkew: CheckDefinition = {
  name: "skew",
  notAsked: withoutHoldout,
  ...inSteps(judgeSkew),
};

function* judgeSkew({ contract, holdout }: Evidence): Steps<Outcome> {
  if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
  const { file, value } = holdout;
  const action = contract.validation?.findings?.skew ?? "refuse";
  const all = features(contract, value);
  const outside: Outside[] = [];
  for (const feature of all) {
    outside.push(outsideOf(feature, value.lines));
    yield;
  }
  const { objections, warnings } = dispose(
    action,
    atMost(
      5,
      all.flatMap((feature, i) => outsideFinding(feature, outside[i]!, { file, rows: value.rows })),
    ),
  );
  const gaps = [
    ...unseenClasses(contract, value),
    ...atMost(5, all.flatMap(unseenCategories)),
    ...atMost(5, all.flatMap(neverMissing)),
    ...constants(all, file),
  ];
  const values = outside.reduce((sum, { rows }) => sum + rows, 0);
  return judged(
    `${count(value.rows, "row")}, ${count(all.length, "column")}, ${count(values, "value")} outside what is declared`,
    { objections, warnings: action === "ignore" ? [] : [...warnings, ...gaps] },
  );
}

interface Outside {
  readonly rows: number;
  /** The first of them: `17 in line 12`. */
  readonly few: readonly string[];
}

function outsideOf({ column, datatype, values }: Feature, lines: Int32Array): Outside {
  const limits = limitsHeldAs(datatype, column);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limits;
  if (values instanceof Float64Array && column.categories === undefined && isWithin(values, min, max))
    return { rows: 0, few: [] };
  const categories = limits.categories && new Set(limits.categories);
  const numbers = values instanceof Float64Array;
  const few: string[] = [];
  let rows = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue; // a missing one, which the contract allows here
    const inRange = !numbers || ((value as number) >= min && (value as number) <= max);
    if (inRange && (categories === undefined || categories.has(value))) continue;
    rows++;
    if (few.length < SHOWN) few.push(`${shown(value)} in line ${lines[i]}`);
  }
  return { rows, few };
}

/** Most columns are, so this is checked first. */
function isWithin(values: Float64Array, min: number, max: number): boolean {
  for (let i = 0; i < values.length; i++) if (!(values[i]! >= min && values[i]! <= max)) return false;
  return true;
}

function outsideFinding(
  { name, column }: Feature,
  { rows, few }: Outside,
  holdout: { readonly file: string; readonly rows: number },
): Finding[] {
  if (rows === 0) return [];
  return [
    {
      what: `${whole(rows)} of ${count(holdout.rows, "row")} ${rows === 1 ? "has" : "have"} ${name} ${limits(column)}: ${firstFew(few, rows)}.`,
      where: `${holdout.file}, column ${name}`,
      fix: "mend the preprocessing or those rows; if such values are right, widen what the contract declares",
    },
  ];
}

function limits({ min, max, categories }: Feature["column"]): string {
  if (categories)
    return `outside ${firstFew(
      categories.slice(0, 5).map((category) => shown(category)),
      categories.length,
    )}`;
  if (min === undefined) return `above ${shown(max!)}`;
  return max === undefined ? `below ${shown(min)}` : `outside ${shown(min)} to ${shown(max)}`;
}

/** A class without rows has never been tried. */
function unseenClasses({ classes = [] }: Contract, { targets }: Holdout): Finding[] {
  const seen = new Set<number | string>(
    Array.isArray(targets) ? encodeLabels(targets as readonly string[]).distinct : [],
  );
  const unseen = classes.map(String).filter((label) => !seen.has(label));
  if (unseen.length === 0) return [];
  return [
    {
      what: `No row of the holdout has class ${firstFew(unseen.slice(0, SHOWN), unseen.length)}, which the contract declares.`,
      where: "model/contract.json, /classes",
      fix: "add such rows to the holdout: without them, nothing is known about how well the model finds them",
    },
  ];
}

function unseenCategories({ name, column, datatype, pointer, values }: Feature): Finding[] {
  if (column.categories === undefined) return [];
  const held = heldAs(datatype);
  const seen = new Set<number | string>(values);
  const isSeen = (category: number | string) =>
    seen.has(category) || (typeof category === "number" && seen.has(held(category)));
  const unseen = column.categories.filter((category) => !isSeen(category)).map((category) => shown(category));
  if (unseen.length === 0) return [];
  return [
    {
      what: `No row of the holdout has ${name} ${firstFew(unseen.slice(0, SHOWN), unseen.length)}, which the contract declares.`,
      where: `model/contract.json, ${pointer}/categories`,
      fix: "add such rows to the holdout: without them, nothing is known about the model's answers to them",
    },
  ];
}

function neverMissing({ name, column, pointer, values }: Feature): Finding[] {
  if (column.missing !== true || !(values instanceof Float64Array) || values.some(Number.isNaN)) return [];
  return [
    {
      what: `${name} is missing in no row of the holdout, and the contract lets it be missing.`,
      where: `model/contract.json, ${pointer}/missing`,
      fix: "add such rows to the holdout: without them, nothing is known about the model's answers to them",
    },
  ];
}

/** Not for a column with categories: its unseen categories say the same. */
function constants(all: readonly Feature[], file: string): Finding[] {
  const constant = all.filter(
    ({ column, values }) => column.categories === undefined && values.length > 1 && isConstant(values),
  );
  if (constant.length === 0) return [];
  const few = constant.slice(0, SHOWN).map(({ name, values }) => `${name} is ${shown(values[0]!)}`);
  return [
    {
      what: `${constant.length === 1 ? "A column holds" : `${constant.length} columns hold`} the same value in every row: ${firstFew(few, constant.length)}.`,
      where: file,
      fix: "add rows that differ there: nothing is known about the model's answers to other values",
    },
  ];
}

function isConstant(values: Feature["values"]): boolean {
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return false;
  return true;
}
