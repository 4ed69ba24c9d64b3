/** No single feature gives the right answer away. Pure. */

import { firstFew, shown } from "../../common/shown.ts";
import type { Steps } from "../../common/steps.ts";
import { encode, encodeLabels } from "../data/encode.ts";
import { type Feature, features } from "../data/features.ts";
import { evenlySpaced } from "../data/pickRows.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { atMost, count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, inSteps, judged, type Outcome, unjudged, withoutTargets } from "./check.ts";

/** An AUC, a share of rows or a correlation that no honest column reaches. */
const GIVEN_AWAY = 0.9999;
/** Fewer rows, or fewer of a class, can separate by chance. */
const FEWEST = { rows: 50, ofClass: 10, ofValue: 5 };
/** Rows of each class that are looked at first. Few columns are suspicious enough to look at all rows. */
const SAMPLE = { rows: 500, suspicious: 0.95 };
/** A column with more distinct values is no category. */
const CATEGORIES = 256;

export const checkLeakage: CheckDefinition = {
  name: "leakage",
  notAsked: withoutTargets,
  ...inSteps(judgeLeakage),
};

function* judgeLeakage({ contract, holdout }: Evidence): Steps<Outcome> {
  if (holdout?.value === undefined) return unjudged("the holdout cannot be used");
  const { file, value } = holdout;
  const { targets } = value;
  const { leakage = "refuse", smallHoldout = "warn" } = contract.validation?.findings ?? {};
  const target = contract.validation?.holdout?.target;
  const tells = targets instanceof Float64Array ? correlation(targets) : separation(targets);
  if (tells === undefined)
    return judged(
      `${count(value.rows, "row")}: too few to tell`,
      dispose(leakage === "ignore" ? leakage : smallHoldout, [tooFew(targets, target, file)]),
    );
  const all = features(contract, value).flatMap(withMissing);
  const findings: Finding[] = [];
  for (const feature of all) {
    yield;
    const how = tells(feature);
    if (how === undefined) continue;
    findings.push({
      what: `${feature.name} alone gives ${target} away: ${how}.`,
      where: `${file}, column ${feature.name}`,
      fix: 'train without it if it is known only once the answer is; if not, say so: "leakage": "warn" in model/contract.json, /validation/findings',
    });
  }
  return judged(
    `${count(all.length, "column")}, ${findings.length} giving the answer away`,
    dispose(leakage, atMost(5, findings)),
  );
}

/** A missing value counts as the lowest, and whether one is missing can give the answer away, too. */
function withMissing(feature: Feature): Feature[] {
  const { name, values } = feature;
  if (!(values instanceof Float64Array) || !values.some(Number.isNaN)) return [feature];
  const lowest = values.reduce((least, value) => (value < least ? value : least), Number.MAX_VALUE);
  return [
    { ...feature, values: values.map((value) => (Number.isNaN(value) ? lowest : value)) },
    {
      ...feature,
      name: `whether ${name} is missing`,
      values: values.map((value) => Number(Number.isNaN(value))),
    },
  ];
}

function tooFew(
  targets: readonly string[] | Float64Array,
  target: string | undefined,
  file: string,
): Finding {
  const wanted =
    targets instanceof Float64Array
      ? count(FEWEST.rows, "row")
      : `${count(FEWEST.rows, "row")}, and ${FEWEST.ofClass} of each of two classes`;
  if (targets.length >= FEWEST.rows)
    return {
      what: `Too few rows of other classes to tell whether a column gives ${target} away: ${FEWEST.ofClass} of each of two classes are needed.`,
      where: file,
      fix: "bring labelled rows of other classes",
    };
  return {
    what: `${count(targets.length, "row")} ${targets.length === 1 ? "is" : "are"} too few to tell whether a column gives ${target} away: ${wanted} are needed.`,
    where: file,
    fix: "bring more labelled rows",
  };
}

/** How a column tells the right answer, or undefined if it does not. */
type Tells = (feature: Feature) => string | undefined;

function correlation(targets: Float64Array): Tells | undefined {
  if (targets.length < FEWEST.rows) return undefined;
  const right = deviations(targets);
  const ofRight = dot(right, right);
  return ({ values }) => {
    if (!(values instanceof Float64Array)) return undefined;
    const own = deviations(values);
    const r = dot(own, right) / Math.sqrt(dot(own, own) * ofRight);
    return Math.abs(r) >= GIVEN_AWAY
      ? `their correlation is ${r.toFixed(6)} on ${count(targets.length, "row")}`
      : undefined;
  };
}

function deviations(values: Float64Array): Float64Array {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  return values.map((value) => value - mean);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function separation(targets: readonly string[]): Tells | undefined {
  const { codes, distinct } = encodeLabels(targets);
  const byClass = distinct
    .map((label, code) => ({ label, rows: rowsOf(code, codes) }))
    .filter(({ rows }) => rows.length >= FEWEST.ofClass);
  const rows = byClass.reduce((sum, { rows }) => sum + rows.length, 0);
  if (byClass.length < 2 || rows < FEWEST.rows) return undefined;
  const sample = byClass.map(({ label, rows }) => ({
    label,
    rows: evenlySpaced(rows.length, SAMPLE.rows).map((i) => rows[i]!),
  }));
  return ({ values }) => byOrder(values, byClass, sample) ?? byValue(values, byClass, sample);
}

interface Class {
  readonly label: string;
  readonly rows: Int32Array;
}

function rowsOf(code: number, codes: Int32Array): Int32Array {
  let size = 0;
  for (let row = 0; row < codes.length; row++) if (codes[row] === code) size++;
  const rows = new Int32Array(size);
  for (let row = 0, at = 0; row < codes.length; row++) if (codes[row] === code) rows[at++] = row;
  return rows;
}

/** How thresholds on the column separate the classes: small values have one class, larger values the next. */
function byOrder(
  values: Feature["values"],
  classes: readonly Class[],
  sample: readonly Class[],
): string | undefined {
  if (!(values instanceof Float64Array)) return undefined;
  if (separates(values, sample).auc < SAMPLE.suspicious) return undefined;
  const { auc, order } = separates(values, classes);
  return auc >= GIVEN_AWAY
    ? `its order is that of the classes ${order.join(", ")}, with an AUC of ${auc.toFixed(6)}`
    : undefined;
}

/** The classes in the order of their medians, and the smallest AUC between neighbours. */
function separates(values: Float64Array, classes: readonly Class[]): { auc: number; order: string[] } {
  const sorted = classes
    .map(({ label, rows }) => ({ label, values: valuesOf(values, rows).toSorted() }))
    .toSorted((a, b) => median(a.values) - median(b.values));
  const aucs = sorted.slice(1).map((above, i) => areaUnderCurve(sorted[i]!.values, above.values));
  return { auc: Math.min(...aucs), order: sorted.map(({ label }) => label) };
}

const valuesOf = (values: Float64Array, rows: Int32Array) =>
  new Float64Array(rows).map((row) => values[row]!);
const median = (sorted: Float64Array) => sorted[sorted.length >> 1]!;

/** The probability that a value of `above` is larger than one of `below`; ties count half. Both sorted. */
function areaUnderCurve(below: Float64Array, above: Float64Array): number {
  let smaller = 0;
  let notLarger = 0;
  let sum = 0;
  for (const value of above) {
    while (smaller < below.length && below[smaller]! < value) smaller++;
    while (notLarger < below.length && below[notLarger]! <= value) notLarger++;
    sum += (smaller + notLarger) / 2;
  }
  return sum / (below.length * above.length);
}

/** How each value of the column goes with one class. Only values with several rows count. */
function byValue(
  values: Feature["values"],
  classes: readonly Class[],
  sample: readonly Class[],
): string | undefined {
  const encoded = encode<number | string>(values, CATEGORIES);
  if (encoded === undefined) return undefined;
  if (decides(encoded.codes, encoded.distinct.length, sample, 1).share < SAMPLE.suspicious) return undefined;
  const { share, labels } = decides(encoded.codes, encoded.distinct.length, classes, FEWEST.ofValue);
  if (!(share >= GIVEN_AWAY)) return undefined;
  const few = encoded.distinct.slice(0, 3).map((value, code) => `${shown(value)} is class ${labels[code]}`);
  return `each of its ${encoded.distinct.length} values goes with one class: ${firstFew(few, encoded.distinct.length)}`;
}

/**
 * The share of a class's rows whose value mostly goes with that class, as a mean over the classes, so that the
 * size of a class does not count. A value with fewer rows than `several` counts as undecided.
 */
function decides(
  codes: Int32Array,
  distinct: number,
  classes: readonly Class[],
  several: number,
): { share: number; labels: string[] } {
  const counts = classes.map(({ rows }) => {
    const counts = new Float64Array(distinct);
    for (const row of rows) counts[codes[row]!]!++;
    return counts;
  });
  const right = new Float64Array(classes.length);
  const labels = Array.from({ length: distinct }, (_, code) => {
    let most = 0;
    let total = 0;
    counts.forEach((of, k) => {
      total += of[code]!;
      if (of[code]! > counts[most]![code]!) most = k;
    });
    if (total >= several) right[most]! += counts[most]![code]!;
    return classes[most]!.label;
  });
  const shares = classes.map(({ rows }, k) => right[k]! / rows.length);
  return { share: shares.reduce((sum, share) => sum + share, 0) / shares.length, labels };
}
