/** Model folders drawn at random: good ones that the gate must let through, and the same broken in one known way. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Contract } from "../../contract/contract.ts";
import {
  buildModel,
  ELEMENT,
  floats,
  graph,
  ints,
  type Node,
  node,
  type Tensor,
  value,
} from "./onnxBuilder.ts";

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Ways to break a model or its data. Each has been shipped by somebody. */
export const BREAKS = ["scoreOrder", "labelShift", "notFinite", "range", "slowRow"] as const;
export type Break = (typeof BREAKS)[number];

/** Longest time of a run with one row, in milliseconds of processor time. A good one takes a hundredth of it. */
const BUDGET = 20;
/** Least work for a slow row, in products of two 256 x 256 matrices, some 0.2 ms each. */
const SLOW_ROUNDS = 400;

interface Column {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly categories?: readonly number[];
}

interface Drawn {
  readonly task: "classification" | "regression";
  readonly columns: readonly Column[];
  /** One weight per column, for each class or once. It weighs the value as a share of the column's range. */
  readonly weights: readonly (readonly number[])[];
  readonly bias: readonly number[];
  /** One weight per category of the last column, if it has any. */
  readonly table?: readonly number[];
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
}

/**
 * Writes a model folder.
 *
 * @param broken Unset: the model is good.
 */
export function drawModel(folder: string, seed: number, broken?: Break): void {
  const drawn = draw(seeded(seed));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "model.onnx"), onnxOf(drawn, broken));
  writeFileSync(path.join(folder, "contract.json"), JSON.stringify(contractOf(drawn), null, 2));
  writeFileSync(path.join(folder, "holdout.csv"), csvOf(drawn));
  writeFileSync(path.join(folder, "golden.json"), JSON.stringify(goldenOf(drawn, broken)));
}

/** A model that gives each class its share of rows: a class that is hardly ever answered makes no good model. */
function draw(next: () => number): Drawn {
  for (;;) {
    const drawn = drawAny(next);
    const { task, weights, rows, targets } = drawn;
    const share = (klass: number) => targets.filter((target) => target === klass).length / rows.length;
    if (task === "regression" || weights.every((_, klass) => share(klass) > 0.4 / weights.length))
      return drawn;
  }
}

function drawAny(next: () => number): Drawn {
  const upTo = (limit: number) => Math.floor(next() * limit);
  const task = next() < 0.75 ? "classification" : "regression";
  const columns: Column[] = Array.from({ length: 2 + upTo(4) }, (_, i) => {
    const min = [0, -1, 18, -1000, 0.5][upTo(5)]!;
    return { name: `column_${i}`, min, max: min + [1, 10, 82, 1e5, 0.25][upTo(5)]! };
  });
  const categories = Array.from({ length: 3 + upTo(4) }, (_, k) => k);
  columns.push({ name: "kind", min: 0, max: categories.length - 1, categories });
  const classes = task === "regression" ? 1 : 2 + upTo(3);
  const signed = () => 2 * next() - 1;
  const weights = Array.from({ length: classes }, () => columns.map(() => 6 * signed()));
  // Centred, so that no class is left out.
  const bias = weights.map((own) => -own.reduce((sum, weight) => sum + weight / 2, 0));
  const table = categories.map(() => signed());
  const base = { task, columns, weights, bias, table } as const;
  const rows: number[][] = [];
  const targets: number[] = [];
  const length = 200 + upTo(500);
  while (rows.length < length) {
    const row = columns.map(({ min, max, categories }) =>
      // The last category is declared, but no row has it.
      categories
        ? upTo(categories.length - 1)
        : Number((min + (max - min) * (0.02 + 0.96 * next())).toFixed(6)),
    );
    const { label, scores } = answer(base, row);
    const others = classes > 1 && next() < 0.1 ? (label + 1 + upTo(classes - 1)) % classes : label;
    rows.push(row);
    targets.push(task === "regression" ? Number((scores[0]! + 0.3 * signed()).toFixed(6)) : others);
  }
  return { ...base, rows, targets };
}

type Model = Pick<Drawn, "task" | "columns" | "weights" | "bias" | "table">;

/** The model's answers, computed here. */
function answer({ task, columns, weights, bias, table }: Model, row: readonly number[]) {
  const shares = columns.map(({ min, max, categories }, j) =>
    categories ? table![row[j]!]! : (Math.fround(row[j]!) - min) / (max - min),
  );
  const sums = weights.map((own, k) => own.reduce((sum, weight, j) => sum + weight * shares[j]!, bias[k]!));
  if (task === "regression") return { label: 0, scores: sums };
  const highest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - highest));
  const total = powers.reduce((a, b) => a + b, 0);
  const scores = powers.map((power) => power / total);
  return { label: scores.indexOf(Math.max(...scores)), scores };
}

function onnxOf(drawn: Drawn, broken: Break | undefined): Uint8Array {
  const { task, columns, weights, bias, table } = drawn;
  const width = columns.length;
  const classes = weights.length;
  const known = broken === "range" ? table!.length - 1 : table!.length;
  const nodes: Node[] = [
    node("Sub", ["features", "mins"], ["above"]),
    node("Div", ["above", "spans"], ["shares"]),
    node("Gather", ["features", "last"], ["number"], { axis: 1 }),
    node("Cast", ["number"], ["kind"], { to: ELEMENT.INT64 }),
    node("Gather", ["table", "kind"], ["looked"], { axis: 0 }),
    node("Slice", ["shares", "zero", "last", "one"], ["others"]),
    node("Concat", ["others", "looked"], ["all"], { axis: 1 }),
    node("Gemm", ["all", "weights", "bias"], ["sums"]),
    node("Gather", ["shares", "zero"], ["firstShare"], { axis: 1 }),
    node("Sub", ["ninetenths", "firstShare"], ["rest"]),
    ...(broken === "notFinite"
      ? [node("Sqrt", ["rest"], ["extra"])] // NaN for a tenth of the rows
      : [node("Abs", ["rest"], ["extra"])]),
    ...(broken === "slowRow" ? slowly() : [node("Identity", ["sums"], ["paced"])]),
  ];
  const outputs = [value("extra", "FP32", [-1, 1])];
  if (task === "regression") {
    nodes.push(
      node(broken === "scoreOrder" || broken === "labelShift" ? "Neg" : "Identity", ["paced"], ["estimate"]),
    );
    outputs.push(value("estimate", "FP32", [-1, 1]));
  } else {
    nodes.push(
      node("Softmax", ["paced"], ["ordered"], { axis: 1 }),
      node("ArgMax", ["ordered"], ["index"], { axis: 1, keepdims: 0 }),
      broken === "labelShift"
        ? node("Add", ["index", "one"], ["label"])
        : node("Identity", ["index"], ["label"]),
      broken === "scoreOrder"
        ? node("Gather", ["ordered", "reversed"], ["scores"], { axis: 1 })
        : node("Identity", ["ordered"], ["scores"]),
    );
    outputs.push(value("label", "INT64", [-1]), value("scores", "FP32", [-1, classes]));
  }
  const initializers: Tensor[] = [
    floats(
      "mins",
      columns.map(({ min }) => min),
      [width],
    ),
    floats(
      "spans",
      columns.map(({ min, max }) => max - min),
      [width],
    ),
    floats("table", table!.slice(0, known), [known]),
    floats(
      "weights",
      columns.flatMap((_, j) => weights.map((own) => own[j]!)),
      [width, classes],
    ),
    floats("bias", bias, [classes]),
    floats("ninetenths", [0.9]),
    ints("zero", [0], [1]),
    ints("one", [1], [1]),
    ints("last", [width - 1], [1]),
    ints(
      "reversed",
      weights.map((_, k) => classes - 1 - k),
      [classes],
    ),
    ...(broken === "slowRow" ? [identity(256), floats("nothing", [0]), floats("rounds", [SLOW_ROUNDS])] : []),
  ];
  return buildModel({ inputs: [value("features", "FP32", [-1, width])], outputs, nodes, initializers });
}

/** Many more rounds for a run with a row whose first column is in the upper tenth of its range. */
const slowly = (): Node[] => [
  node("Less", ["rest", "nothing"], ["isSlow"]),
  node("Cast", ["isSlow"], ["slowness"], { to: ELEMENT.FP32 }),
  node("ReduceMax", ["slowness"], ["any"], { keepdims: 0 }),
  node("Mul", ["any", "rounds"], ["some"]),
  node("Cast", ["some"], ["count"], { to: ELEMENT.INT64 }),
  node("Loop", ["count", "", "square"], ["product"], {
    body: {
      graph: graph({
        inputs: [value("round", "INT64", []), value("goOn", "BOOL", []), { name: "in" }],
        outputs: [value("goOnStill", "BOOL", []), { name: "out" }],
        nodes: [node("Identity", ["goOn"], ["goOnStill"]), node("MatMul", ["in", "square"], ["out"])],
      }),
    },
  }),
  node("ReduceMax", ["product"], ["oneAgain"], { keepdims: 0 }),
  node("Mul", ["sums", "oneAgain"], ["paced"]),
];

const identity = (size: number): Tensor =>
  floats(
    "square",
    Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    [size, size],
  );

function contractOf({ task, columns, weights }: Drawn): Contract {
  const isClassification = task === "classification";
  return {
    name: "drawn",
    version: "1",
    task,
    inputs: [
      {
        name: "features",
        datatype: "FP32",
        shape: [-1, columns.length],
        columns: columns.map(({ name, min, max, categories }) =>
          categories ? { name, categories: [...categories] } : { name, min, max },
        ),
      },
    ],
    outputs: [
      { name: "extra", datatype: "FP32", shape: [-1, 1] },
      ...(isClassification
        ? [
            { name: "label", datatype: "INT64" as const, shape: [-1] },
            { name: "scores", datatype: "FP32" as const, shape: [-1, weights.length] },
          ]
        : [{ name: "estimate", datatype: "FP32" as const, shape: [-1, 1] }]),
    ],
    prediction: isClassification ? "label" : "estimate",
    ...(isClassification && { scores: "scores", classes: weights.map((_, k) => k) }),
    validation: {
      holdout: { file: "holdout.csv", target: "target" },
      golden: { file: "golden.json", tolerance: 1e-3 },
      metrics: isClassification ? { accuracy: { min: 0.7 } } : { rmse: { max: 0.5 } },
      budgets: { p99Milliseconds: BUDGET },
    },
  };
}

const csvOf = ({ columns, rows, targets }: Drawn): string =>
  [
    [...columns.map(({ name }) => name), "target"].join(","),
    ...rows.map((row, i) => [...row, targets[i]].join(",")),
    "",
  ].join("\n");

/** Golden requests with the broken model's own answers: the gate must find the fault without them. */
function goldenOf(drawn: Drawn, broken: Break | undefined): object {
  // Only rows below the upper tenth, in which a broken model has no answer, or none in time.
  const { min, max } = drawn.columns[0]!;
  const isPlain = ([first = 0]: readonly number[]) => (first - min) / (max - min) < 0.85;
  const asked = drawn.rows.filter(isPlain).slice(0, 3);
  const extra = (row: readonly number[]) => {
    const rest = 0.9 - (Math.fround(row[0]!) - min) / (max - min);
    return [broken === "notFinite" ? Math.sqrt(rest) : Math.abs(rest)];
  };
  const answers = asked.map((row) => answer(drawn, row));
  const sign = broken === "scoreOrder" || broken === "labelShift" ? -1 : 1;
  const outputs =
    drawn.task === "regression"
      ? { estimate: answers.map(({ scores }) => [sign * scores[0]!]) }
      : {
          label: answers.map(({ label }) => label + (broken === "labelShift" ? 1 : 0)),
          scores: answers.map(({ scores }) => (broken === "scoreOrder" ? scores.toReversed() : scores)),
        };
  return {
    requests: [
      { name: "three rows", inputs: { features: asked }, outputs: { extra: asked.map(extra), ...outputs } },
    ],
  };
}
