/** Evidence for a check, made of columns and answers. */

import type { Column, Contract } from "../../contract/contract.ts";
import type { TensorValues } from "../../contract/tensors.ts";
import type { Validation } from "../../contract/validationSchema.ts";
import type { ColumnValues, Holdout } from "../../gate/data/parseHoldout.ts";
import type { Table } from "../../gate/data/rowsToRun.ts";
import type { Answers, Evidence, Stranger } from "../../gate/evidence/evidence.ts";
import type { Measurements, NotRun, TableAnswers } from "../../gate/measure/measurements.ts";

type Values = readonly number[] | readonly string[];

export interface Given {
  /** Unset: classification. */
  readonly task?: Contract["task"];
  /** What the model sees: the numbers as one input of FP32, each column of text as an input of BYTES. */
  readonly columns: Readonly<Record<string, Values>>;
  /** Ranges and categories of columns. */
  readonly declared?: Readonly<Record<string, Omit<Column, "name">>>;
  /** The right answers. Unset: 0 and 1 in turn. */
  readonly targets?: Values;
  /** The model's answers. Unset: there are none. */
  readonly predictions?: readonly number[] | readonly string[];
  /** One per row and class, row-major. */
  readonly scores?: readonly number[];
  /** The contract's classes. */
  readonly contract?: Partial<Contract>;
  /** Unset: the targets that occur, in their order. */
  readonly classes?: readonly (number | string)[];
  readonly validation?: Partial<Validation>;
  readonly measured?: Partial<Measurements>;
}

export function evidenceOf(given: Given): Evidence {
  const contract = contractOf(given);
  const holdout = holdoutOf(given);
  const answers = answersOf(given, contract, holdout);
  return {
    contract,
    model: { size: 1, facts: { error: "not looked at" } },
    golden: { file: "model/golden.json", value: [], findings: [] },
    holdout: { file: "model/holdout.csv", value: holdout, findings: [] },
    answers: answers ?? UNANSWERED,
    measured: measurements(given.measured),
    champion: { how: "not compared", why: "" },
    demands: {},
  };
}

/** Not run, since the model ended its own process before. */
export const ENDED: NotRun = { notRun: "the model's process ended before that", fault: "model" };
/** Not run, through no fault of the model. */
export const KILLED: NotRun = {
  notRun: "The process was ended by SIGKILL.",
  fault: "machine",
  fix: "judge it again",
};
const UNANSWERED = { error: "it did not answer" };

/** The measurements, as far as they are given. */
export const measurements = (given: Partial<Measurements> = {}): Measurements => ({
  load: ENDED,
  golden: [],
  tables: {},
  latency: ENDED,
  memory: ENDED,
  ...given,
});

/** The model's answers to the rows of a table. */
export const answered = (outputs: TensorValues, more: Partial<TableAnswers> = {}): TableAnswers => ({
  outputs,
  notFinite: [],
  failures: [],
  ...more,
});

/** The same with a holdout that cannot be read. */
export const withoutHoldout = (evidence: Evidence): Evidence => ({
  ...evidence,
  holdout: { file: "model/holdout.csv", findings: [{ what: "It is broken.", where: "", fix: "" }] },
});

export function contractOf({ task = "classification", columns, declared = {}, ...given }: Given): Contract {
  const describe = (name: string): Column => ({ name, ...declared[name] });
  const isText = (name: string) => typeof columns[name]?.[0] === "string";
  const numbers = Object.keys(columns).filter((name) => !isText(name));
  const texts = Object.keys(columns).filter(isText);
  const classes = given.classes ?? [...new Set<number | string>(given.targets ?? [0, 1])].toSorted();
  const datatype = typeof classes[0] === "string" ? "BYTES" : "INT64";
  return {
    name: "test",
    version: "1",
    task,
    inputs: [
      ...(numbers.length > 0
        ? [
            {
              name: "numbers",
              datatype: "FP32" as const,
              shape: [-1, numbers.length],
              columns: numbers.map(describe),
            },
          ]
        : []),
      ...texts.map((name) => ({
        name,
        datatype: "BYTES" as const,
        shape: [-1, 1],
        columns: [describe(name)],
      })),
    ],
    ...(task === "classification"
      ? {
          outputs: [
            { name: "label", datatype, shape: [-1] },
            { name: "scores", datatype: "FP32", shape: [-1, classes.length] },
          ],
          prediction: "label",
          scores: "scores",
          classes: [...classes],
        }
      : { outputs: [{ name: "value", datatype: "FP32", shape: [-1, 1] }], prediction: "value" }),
    ...given.contract,
    validation: {
      holdout: { file: "holdout.csv", target: "answer" },
      golden: { file: "golden.json", tolerance: 1e-5 },
      ...given.validation,
    },
  };
}

/** Its first row is in line 2. */
function holdoutOf({ task, columns, targets }: Given): Holdout {
  const rows = Object.values(columns)[0]!.length;
  const right = targets ?? Array.from({ length: rows }, (_, i) => i % 2);
  const values: Record<string, ColumnValues> = Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [name, column(cells)]),
  );
  return {
    rows,
    columns: values,
    exact: {},
    targets: task === "regression" ? Float64Array.from(right as number[]) : right.map(String),
    lines: Int32Array.from({ length: rows }, (_, i) => i + 2),
  };
}

const column = (cells: Values): ColumnValues =>
  typeof cells[0] === "string" ? (cells as string[]) : Float64Array.from(cells as number[]);

function answersOf(given: Given, contract: Contract, { targets }: Holdout): Answers | undefined {
  const { task, predictions } = given;
  if (predictions === undefined) return undefined;
  if (task === "regression")
    return {
      task,
      targets: targets as Float64Array,
      predictions: Float64Array.from(predictions as number[]),
    };
  const classes = contract.classes!.map(String);
  const indices = (labels: ArrayLike<number | string>) =>
    Int32Array.from(Array.from(labels), (label) => classes.indexOf(String(label)));
  const strangers = new Map<string, Stranger>();
  predictions.forEach((prediction, row) => {
    const label = String(prediction);
    if (classes.includes(label)) return;
    const before = strangers.get(label);
    strangers.set(label, { label, rows: (before?.rows ?? 0) + 1, row: before?.row ?? row });
  });
  return {
    task: "classification",
    classes,
    labels: indices(targets),
    predictions: indices(predictions),
    strangers: [...strangers.values()],
    ...(given.scores && { scores: Float64Array.from(given.scores) }),
  };
}

/** `length` values, by their index. */
export const sequence = <T>(length: number, value: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => value(i));

/** Random numbers from 0 to 1, the same in each run (Lehmer's generator). */
export function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/** A table with all its rows, so that it can be compared as a whole. */
export const withInputs = (table: Table): Omit<Table, "inputs"> & { readonly inputs: TensorValues } => ({
  ...table,
  inputs: table.inputs(0, table.rows),
});
