/** The model answers every value that the contract lets callers send, with finite numbers. Pure. */

import { firstFew, shown } from "../../common/shown.ts";
import {
  answeredOutputs,
  type Column,
  type Contract,
  classScores,
  givesProbabilities,
  heldAs,
  rangeOf,
  type TensorSpec,
  type TensorValues,
} from "../../contract/index.ts";
import type { GoldenRequest } from "../data/parseGolden.ts";
import type { Holdout } from "../data/parseHoldout.ts";
import { evenlySpaced, pickRows } from "../data/pickRows.ts";
import { MOST_FAILURES, type Table } from "../data/rowsToRun.ts";
import { tensorsOf } from "../data/tensorsOf.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { failed, ran, type TableAnswers } from "../measure/measurements.ts";
import { probabilityFault } from "../metrics/probabilities.ts";
import { atMost, count, dispose, type Finding } from "../report/report.ts";
import { type CheckDefinition, judged, notHad, unjudged } from "./check.ts";
import { HOLDOUT } from "./holdout.ts";

const TABLE = "declared values";
/** Each value is tried in `each` rows, or in fewer if that makes more than `all` rows. */
const ROWS = { each: 4, all: 4096 };
/** If a column's range holds at most this many whole numbers, each of them is tried. */
const MOST_WHOLE = 256;
/** Values between the ends of any other range. */
const BETWEEN = 15;
/**
 * Rows in which every column gets a value at random: one of its ends in every other row, any declared value in the rest.
 * The chance that a given pair of ends is in none of them is (3/4)^256.
 */
const TOGETHER = 512;
/** Texts that callers may send if the contract declares no categories. */
const TEXTS = ["", " ", "é\u{1f600}", "a".repeat(1000)];
const SHOWN = 5;
/** Digits that float32 has: more would show its rounding. */
const DIGITS = 7;

type Value = number | string;

/** A column and the values to try in it. The ends of a range come first. */
interface Tried {
  readonly input: TensorSpec;
  /** Its place in a row of the input. */
  readonly at: number;
  readonly column: Column;
  readonly values: readonly Value[];
}

/** One of the base rows, with some values replaced. */
interface Trial {
  readonly base: number;
  readonly set: readonly { readonly tried: Tried; readonly value: Value }[];
}

export const checkDeclaredValues: CheckDefinition = {
  name: "declaredValues",
  notAsked({ contract }) {
    if (triedOf(contract).length === 0) return "the contract declares no ranges, categories or texts";
    return contract.inputs.some(({ shape }) => shape[0] !== -1)
      ? "the inputs do not share their rows"
      : undefined;
  },
  judge(evidence) {
    const { contract, measured } = evidence;
    const base = baseRows(contract, evidence);
    if (base === undefined) return unjudged("there is no row in which a value could be tried");
    if (isAtFault(evidence)) return unjudged("the model does not answer the rows in which values are tried");
    const table = measured.tables[TABLE]!;
    if (failed(table)) return unjudged(table.error, table.fix);
    if (!ran(table)) return notHad(table);
    const tried = triedOf(contract);
    const trials = plan(tried, base.rows);
    const findings = findingsOf([...incidents(trials, table), ...disagreements(evidence, trials, table)]);
    const values = tried.reduce((sum, { values }) => sum + values.length, 0);
    return judged(
      `${count(values, "value")} of ${count(tried.length, "column")}, ${findings.length === 0 ? "all" : "not all"} answered`,
      dispose(contract.validation?.findings?.declaredValues ?? "refuse", atMost(SHOWN, findings)),
    );
  },
};

/** Whether the model fails on the base rows themselves: another check objects to that. */
function isAtFault({ contract, measured }: Evidence): boolean {
  if (contract.validation?.holdout === undefined)
    return measured.golden[0] !== undefined && failed(measured.golden[0]);
  const rows = measured.tables[HOLDOUT]!;
  return failed(rows) || (ran(rows) && rows.notFinite.length > 0);
}

/** Rows in which declared values replace the rows' own. */
export function declaredTables(
  contract: Contract,
  given: Pick<Evidence, "golden"> & { readonly holdout?: { readonly value?: Holdout | undefined } },
): Readonly<Record<string, Table>> {
  const tried = triedOf(contract);
  const base = baseRows(contract, given);
  if (tried.length === 0 || base === undefined) return {};
  const trials = plan(tried, base.rows);
  return {
    [TABLE]: {
      rows: trials.length,
      inputs: (from, to) => rowsOf(base.tensors, trials.slice(from, to)),
      outputs: contract.outputs.map(({ name }) => name),
      returned: contract.task === "classification" ? answeredOutputs(contract) : [],
      batch: 256,
      failuresWanted: true,
    },
  };
}

const remembered = new WeakMap<Contract, Tried[]>();

function triedOf(contract: Contract): Tried[] {
  const before = remembered.get(contract);
  if (before !== undefined) return before;
  const tried = contract.inputs.flatMap((input) =>
    (input.columns ?? []).flatMap((column, at) => {
      const values = valuesOf(column, input);
      return values.length === 0 ? [] : [{ input, at, column, values }];
    }),
  );
  remembered.set(contract, tried);
  return tried;
}

/** The values that callers may send, and a missing one if the contract allows it. */
function valuesOf(column: Column, input: TensorSpec): readonly Value[] {
  const values = presentValues(column, input);
  return column.missing === true && input.datatype !== "BYTES" ? [...values, Number.NaN] : values;
}

/** A column's categories; or the ends of its range, 0 and values between; or texts. */
function presentValues({ min, max, categories }: Column, { datatype }: TensorSpec): readonly Value[] {
  if (categories !== undefined) return categories;
  if (datatype === "BYTES") return TEXTS;
  const isWhole = !datatype.startsWith("FP");
  const held = heldAs(datatype);
  const [lowest, highest] = rangeOf(datatype);
  // The service refuses what no tensor holds before the model sees it.
  const low = min === undefined ? undefined : Math.max(lowest, isWhole ? Math.ceil(min) : held(min));
  const high = max === undefined ? undefined : Math.min(highest, isWhole ? Math.floor(max) : held(max));
  if (low === undefined || high === undefined) {
    const ends = [low, high].filter((end) => end !== undefined);
    return [...new Set([...ends, ...(ends.length > 0 ? [0] : [])])].filter(
      (value) => value >= (low ?? lowest) && value <= (high ?? highest),
    );
  }
  const firstWhole = Math.ceil(low);
  const wholes = Math.floor(high) - firstWhole + 1;
  const inner = Array.from({ length: BETWEEN }, (_, i) => {
    const value = low + ((high - low) * (i + 1)) / (BETWEEN + 1);
    return isWhole ? Math.round(value) : held(value);
  });
  const all =
    wholes <= MOST_WHOLE ? Array.from({ length: Math.max(0, wholes) }, (_, i) => firstWhole + i) : [];
  return [...new Set([low, high, 0, ...all, ...inner])].filter((value) => value >= low && value <= high);
}

/** Rows from the holdout, or from the golden requests if there is none. */
function baseRows(
  contract: Contract,
  {
    holdout,
    golden,
  }: {
    readonly holdout?: { readonly value?: Holdout | undefined };
    readonly golden: { readonly value?: readonly GoldenRequest[] | undefined };
  },
): { readonly rows: number; readonly tensors: TensorValues } | undefined {
  if (contract.validation?.holdout !== undefined) {
    if (holdout?.value === undefined) return undefined;
    const picked = evenlySpaced(holdout.value.rows, ROWS.each);
    return { rows: picked.length, tensors: tensorsOf(contract, holdout.value, picked) };
  }
  const [request] = golden.value ?? [];
  if (request === undefined) return undefined;
  const rows = Math.min(...Object.values(request.inputs).map(({ shape }) => shape[0] ?? 0));
  const picked = evenlySpaced(rows, ROWS.each);
  return rows === 0 ? undefined : { rows: picked.length, tensors: pickRows(request.inputs, picked) };
}

/** Each value alone, then rows in which all columns have declared values at once. */
function plan(tried: readonly Tried[], rows: number): Trial[] {
  const values = tried.reduce((sum, { values }) => sum + values.length, 0);
  const each = Math.max(1, Math.min(rows, Math.floor(ROWS.all / values)));
  const alone = tried.flatMap((one) =>
    one.values.flatMap((value) =>
      Array.from({ length: each }, (_, base) => ({ base, set: [{ tried: one, value }] })),
    ),
  );
  if (tried.length < 2) return alone;
  const draw = lehmer();
  const together = Array.from({ length: TOGETHER }, (_, i) => ({
    base: i % rows,
    // In the first two rows, all are at the first end and then all at the second.
    set: tried.map((one) => ({
      tried: one,
      value: i < 2 ? one.values[Math.min(i, one.values.length - 1)]! : drawn(one, i % 2 === 0, draw),
    })),
  }));
  return [...alone, ...together];
}

function drawn({ column, values }: Tried, atEnd: boolean, draw: () => number): Value {
  const hasEnds = column.min !== undefined && column.max !== undefined;
  return values[Math.floor(draw() * (atEnd && hasEnds ? Math.min(2, values.length) : values.length))]!;
}

/** Random numbers from 0 to below 1, the same in each run. */
function lehmer(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function rowsOf(tensors: TensorValues, trials: readonly Trial[]): TensorValues {
  const rows = pickRows(
    tensors,
    Int32Array.from(trials, ({ base }) => base),
  );
  trials.forEach(({ set }, row) => {
    for (const { tried, value } of set) {
      const { data } = rows[tried.input.name]!;
      const cells = data as (number | string | bigint)[];
      const at = row * (data.length / trials.length) + tried.at;
      cells[at] = data instanceof BigInt64Array || data instanceof BigUint64Array ? BigInt(value) : value;
    }
  });
  return rows;
}

const FIX =
  "export the model so that it answers every declared value, or declare only what it takes: callers may send this, and would get status 500";

const FIX_OF_ANSWERS =
  "train or export the model so that it answers every declared value as the contract says, or declare only what it takes";

/** What went wrong with a row. */
interface Incident {
  readonly trial: Trial;
  /** `the model fails: …` */
  readonly what: string;
  readonly fix?: string;
}

/** Rows that were not answered, then those whose answer is no finite number. */
function incidents(trials: readonly Trial[], { failures, notFinite }: TableAnswers): Incident[] {
  return [
    ...failures.map(({ row, error }) => ({ trial: trials[row]!, what: `the model fails: ${error}` })),
    ...notFinite.flatMap(({ output, rows, value }) =>
      rows.map((row) => ({
        trial: trials[row]!,
        what: `the output ${JSON.stringify(output)} holds ${value}`,
      })),
    ),
  ];
}

/** Rows with a wrong kind of answer: a label that is no class, scores that are no probabilities. */
function disagreements(
  { contract, answers }: Evidence,
  trials: readonly Trial[],
  { outputs, failures }: TableAnswers,
): Incident[] {
  const { classes, prediction, scores } = contract;
  if (classes === undefined || failures.length >= MOST_FAILURES) return [];
  const labels = prediction === undefined ? undefined : outputs[prediction]?.data;
  const given = scores === undefined ? undefined : outputs[scores]?.data;
  // If the holdout's rows show the same, another check objects to it.
  const ofHoldout = ran(answers) && answers.task === "classification" ? answers : undefined;
  const areLabels = labels !== undefined && (ofHoldout === undefined || ofHoldout.strangers.length === 0);
  const areProbabilities =
    given !== undefined &&
    givesProbabilities(contract) &&
    (ofHoldout === undefined || probabilityFault(ofHoldout) === undefined);
  const all = areProbabilities ? classScores(contract, given as Float32Array, trials.length) : undefined;
  const names = classes.map(String);
  const known = new Set(names);
  const ofOneRow = { classes: names, labels: Int32Array.of(0) };
  const failing = new Set(failures.map(({ row }) => row));
  return trials.flatMap((trial, row) => {
    if (failing.has(row)) return [];
    if (areLabels && !known.has(String(labels[row])))
      return [{ trial, what: `the label is ${labels[row]}, which is no class`, fix: FIX_OF_ANSWERS }];
    if (all === undefined) return [];
    const own = all.subarray(row * names.length, (row + 1) * names.length);
    if (!own.every(Number.isFinite)) return [];
    const fault = probabilityFault({ scores: own, ...ofOneRow });
    return fault === undefined ? [] : [{ trial, what: fault.text, fix: FIX_OF_ANSWERS }];
  });
}

/** One for each column and each thing that its values do alone, and one for values that do it only together. */
function findingsOf(all: readonly Incident[]): Finding[] {
  const groups = new Map<string, { tried: Tried | undefined; values: Set<Value>; first: Incident }>();
  for (const incident of all) {
    const { set } = incident.trial;
    const alone = set.length === 1 ? set[0]! : undefined;
    // A value that goes wrong alone does so with others, too.
    const isKnown = ({ tried, values }: { tried: Tried | undefined; values: Set<Value> }) =>
      set.some((one) => one.tried === tried && values.has(one.value));
    if (alone === undefined && [...groups.values()].some(isKnown)) continue;
    const key = `${alone?.tried.column.name ?? ""} ${alone === undefined ? "" : incident.what.slice(0, 60)}`;
    const group = groups.get(key) ?? { tried: alone?.tried, values: new Set<Value>(), first: incident };
    groups.set(key, group);
    if (alone !== undefined) group.values.add(alone.value);
  }
  return [...groups.values()].map(({ tried, values, first }) => finding(tried, values, first));
}

function finding(
  tried: Tried | undefined,
  values: ReadonlySet<Value>,
  { trial, what, fix = FIX }: Incident,
): Finding {
  if (tried === undefined) {
    const few = trial.set
      .slice(0, SHOWN)
      .map(({ tried: { column }, value }) => `${column.name} ${text(value)}`);
    return {
      what: `With declared values together (${firstFew(few, trial.set.length)}), ${what}.`,
      where: "model/contract.json, /inputs",
      fix,
    };
  }
  const few = [...values].slice(0, SHOWN).map(text);
  return {
    what: `With ${tried.column.name} ${firstFew(few, values.size)}, which the contract declares, ${what}.`,
    where: `model/contract.json, the column ${JSON.stringify(tried.column.name)} of the input ${JSON.stringify(tried.input.name)}`,
    fix,
  };
}

const text = (value: Value) =>
  typeof value === "string" && value.length > 40 ? `${shown(value.slice(0, 40))}…` : shown(value, DIGITS);
