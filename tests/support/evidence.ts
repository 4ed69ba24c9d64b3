/** Evidence for a check to judge, made of columns and answers. */
import type { Answers, Evidence } from "../../infra/gate/evidence.ts";
import type { ColumnValues, Holdout } from "../../infra/gate/holdout.ts";
import type { Measurements } from "../../infra/gate/measurements.ts";
import type { Column, Contract } from "../../model/contract.ts";
import type { Validation } from "../../model/validationSchema.ts";

type Values = readonly number[] | readonly string[];

export interface Given {
  /** Unset: classification. */
  readonly task?: Contract["task"];
  /** What the model is shown: the numbers as one input of FP32, each column of text as one of BYTES. */
  readonly columns: Readonly<Record<string, Values>>;
  /** Ranges and categories of columns. */
  readonly declared?: Readonly<Record<string, Omit<Column, "name">>>;
  /** The right answers. Unset: 0 and 1 in turn. */
  readonly targets?: Values;
  /** The model's. Unset: there are no answers. */
  readonly predictions?: readonly number[] | readonly string[];
  /** Unset: the targets that occur, in their order. */
  readonly classes?: readonly (number | string)[];
  readonly validation?: Partial<Validation>;
  readonly measured?: Partial<Measurements>;
}

export function evidenceOf(given: Given): Evidence {
  const contract = contractOf(given);
  const holdout = holdoutOf(given, contract);
  const answers = answersOf(given, contract, holdout);
  return {
    contract,
    model: { size: 1, facts: { error: "not looked at" } },
    golden: { file: "model/golden.json", value: [], findings: [] },
    holdout: { file: "model/holdout.csv", value: holdout, findings: [] },
    ...(answers && { answers }),
    ...(given.measured && { measured: { load: { error: "" }, golden: [], tables: {}, ...given.measured } }),
    champion: { how: "not compared", why: "" },
    demands: {},
  };
}

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
    validation: {
      holdout: { file: "holdout.csv", target: "answer" },
      golden: { file: "golden.json", tolerance: 1e-5 },
      ...given.validation,
    },
  };
}

/** Its first row is in line 2. */
function holdoutOf({ task, columns, targets }: Given, contract: Contract): Holdout {
  const rows = Object.values(columns)[0]!.length;
  const right = targets ?? Array.from({ length: rows }, (_, i) => i % 2);
  const values: Record<string, ColumnValues> = Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [name, column(cells)]),
  );
  return {
    rows,
    inputs: Object.fromEntries(
      contract.inputs.map(({ name, datatype, columns: own = [] }) => {
        const cells = Array.from({ length: rows }, (_, i) =>
          own.map((each) => values[each.name]![i]!),
        ).flat();
        const data = datatype === "BYTES" ? cells.map(String) : Float32Array.from(cells as number[]);
        return [name, { shape: [rows, own.length], data }];
      }),
    ),
    columns: values,
    targets: task === "regression" ? Float64Array.from(right as number[]) : right.map(String),
    lines: Int32Array.from({ length: rows }, (_, i) => i + 2),
  };
}

const column = (cells: Values): ColumnValues =>
  typeof cells[0] === "string" ? (cells as string[]) : Float64Array.from(cells as number[]);

function answersOf(
  { task, predictions }: Given,
  contract: Contract,
  { targets }: Holdout,
): Answers | undefined {
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
  return {
    task: "classification",
    classes,
    labels: indices(targets),
    predictions: indices(predictions),
  };
}

/** `length` values, by their index. */
export const sequence = <T>(length: number, value: (i: number) => T): T[] =>
  Array.from({ length }, (_, i) => value(i));

/** Numbers from 0 to 1 without an order, the same in each run (Lehmer's generator). */
export function random(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
