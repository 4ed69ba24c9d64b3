/**
 * Models that are good except for one thing, and that somebody has shipped or may ship. By default they fit
 * `model/contract.json`, like those of `onnxModels.ts`.
 */
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

type Value = ReturnType<typeof value>;

export interface Changes {
  /** Number of columns of the input `features`. Unset: income, age and credit score only. */
  readonly columns?: number;
  /** They make `score` of `sum`, the log odds of class 1. Both are FP32 [-1, 1]. */
  readonly score?: readonly Node[];
  /** They make `probabilities` of `honest`, FP32 [-1, 2]. */
  readonly probabilities?: readonly Node[];
  /** They make `label` of `winner`, INT64 [-1], the class of the higher one of `honest`. */
  readonly label?: readonly Node[];
  readonly initializers?: readonly Tensor[];
  /** Outputs instead of `label` and `probabilities`. */
  readonly outputs?: readonly Value[];
  readonly domains?: Readonly<Record<string, number>>;
}

export const LABEL = value("label", "INT64", [-1]);
export const PROBABILITIES = value("probabilities", "FP32", [-1, 2]);

const same = (from: string, to: string): Node[] => [node("Identity", [from], [to])];

/**
 * Says yes from a credit score of 600 on, with its probability, and with something changed. Nodes can use `income`, `age`
 * and `credit_score`, each FP32 [-1, 1], and the numbers `zero`, `one` and `ten`.
 */
export function loanModel({
  columns = 3,
  score = same("sum", "score"),
  probabilities = same("honest", "probabilities"),
  label = same("winner", "label"),
  initializers = [],
  outputs = [LABEL, PROBABILITIES],
  domains = {},
}: Changes = {}): Uint8Array {
  return buildModel({
    inputs: [value("features", "FP32", [-1, columns])],
    outputs: [...outputs],
    domains,
    nodes: [
      ...["income", "age", "credit_score"].map((name, i) => columnOf(i, name)),
      node("Gemm", ["features", "weights", "bias"], ["sum"]),
      ...score,
      node("Sigmoid", ["score"], ["of1"]),
      node("Sub", ["one", "of1"], ["of0"]),
      node("Concat", ["of0", "of1"], ["honest"], { axis: 1 }),
      node("ArgMax", ["honest"], ["winner"], { axis: 1, keepdims: 0 }),
      ...probabilities,
      ...label,
    ],
    initializers: [
      floats(
        "weights",
        Array.from({ length: columns }, (_, i) => (i === 2 ? 0.02 : 0)),
        [columns, 1],
      ),
      floats("bias", [-12], [1]),
      ...[0, 1, 2].map(at),
      floats("zero", [0]),
      floats("one", [1]),
      floats("ten", [10]),
      ...initializers,
    ],
  });
}

/** The column at this index, FP32 [-1, 1]; `at` is among the initializers for the first three. */
export const columnOf = (index: number, name: string): Node =>
  node("Gather", ["features", `at${index}`], [name], { axis: 1 });
export const at = (index: number): Tensor => ints(`at${index}`, [index], [1]);

/** 1 if `column` lies between two numbers, otherwise 0. Its initializers are `bounds(name, …)`. */
export const between = (column: string, name: string): Node[] => [
  node("Greater", [column, `${name}From`], [`${name}Above`]),
  node("Less", [column, `${name}To`], [`${name}Below`]),
  node("And", [`${name}Above`, `${name}Below`], [`${name}Inside`]),
  node("Cast", [`${name}Inside`], [name], { to: ELEMENT.FP32 }),
];
export const bounds = (name: string, from: number, to: number): Tensor[] => [
  floats(`${name}From`, [from]),
  floats(`${name}To`, [to]),
];

/** The score is lower by 1 if the column lies between two numbers. */
export const dippingModel = (column: string, from: number, to: number): Uint8Array =>
  loanModel({
    score: [...between(column, "dip"), node("Sub", ["sum", "dip"], ["score"])],
    initializers: bounds("dip", from, to),
  });

/** A run with a row whose column lies between two numbers takes this many products of 256 x 256 matrices, some 0.2 ms each. */
export const sometimesSlowModel = (column: string, from: number, to: number, rounds: number): Uint8Array =>
  loanModel({
    score: [
      ...between(column, "slow"),
      node("ReduceMax", ["slow"], ["any"], { keepdims: 0 }),
      node("Mul", ["any", "rounds"], ["some"]),
      node("Cast", ["some"], ["count"], { to: ELEMENT.INT64 }),
      ...slowly("count"),
    ],
    initializers: [...bounds("slow", from, to), floats("rounds", [rounds]), SQUARE],
  });

/** Each row takes this many such products, whether alone or among others. */
export const slowPerRowModel = (rounds: number): Uint8Array =>
  loanModel({
    score: [
      node("Shape", ["sum"], ["shape"], { start: 0, end: 1 }),
      node("Squeeze", ["shape"], ["rows"]),
      node("Mul", ["rows", "rounds"], ["count"]),
      ...slowly("count"),
    ],
    initializers: [ints("rounds", [rounds]), SQUARE],
  });

/** They make `score` of `sum`, after this many rounds. */
const slowly = (rounds: string): Node[] => [
  node("Loop", [rounds, "", "square"], ["product"], {
    body: {
      graph: graph({
        inputs: [value("round", "INT64", []), value("goOn", "BOOL", []), { name: "in" }],
        outputs: [value("goOnStill", "BOOL", []), { name: "out" }],
        nodes: [node("Identity", ["goOn"], ["goOnStill"]), node("MatMul", ["in", "square"], ["out"])],
      }),
    },
  }),
  node("ReduceMax", ["product"], ["onceMore"], { keepdims: 0 }),
  node("Mul", ["sum", "onceMore"], ["score"]),
];

/** A matrix with 1 on its diagonal. */
const SQUARE: Tensor = floats(
  "square",
  Array.from({ length: 256 * 256 }, (_, i) => (i % 257 === 0 ? 1 : 0)),
  [256, 256],
);

/** The score has noise if the column lies between two numbers, drawn anew in each run. */
export const sometimesRandomModel = (column: string, from: number, to: number): Uint8Array =>
  loanModel({
    score: [
      ...between(column, "lucky"),
      node("RandomNormalLike", ["sum"], ["noise"], { seed: { float: 1 } }),
      node("Mul", ["noise", "lucky"], ["luck"]),
      node("Add", ["sum", "luck"], ["score"]),
    ],
    initializers: bounds("lucky", from, to),
  });

/** The same noise, so small that it changes hardly any label. */
export const hardlyRandomModel = (column: string, from: number, to: number): Uint8Array =>
  loanModel({
    score: [
      ...between(column, "lucky"),
      node("RandomNormalLike", ["sum"], ["noise"], { seed: { float: 1 }, scale: { float: 0.001 } }),
      node("Mul", ["noise", "lucky"], ["luck"]),
      node("Add", ["sum", "luck"], ["score"]),
    ],
    initializers: bounds("lucky", from, to),
  });

/** Its inputs are quantised to 8 bits by the largest of a run, as onnxruntime.quantization.quantize_dynamic does it. */
export const quantisedModel = (): Uint8Array =>
  loanModel({
    score: [
      node("Mul", ["features", "scales"], ["scaled"]),
      node("DynamicQuantizeLinear", ["scaled"], ["quantised", "scale", "zeroPoint"]),
      node("MatMulInteger", ["quantised", "integers", "zeroPoint"], ["product"]),
      node("Cast", ["product"], ["number"], { to: ELEMENT.FP32 }),
      node("Mul", ["number", "scale"], ["rescaled"]),
      node("Mul", ["rescaled", "perInteger"], ["weighted"]),
      node("Add", ["weighted", "bias"], ["score"]),
    ],
    initializers: [
      // An income does not count, but is by far the largest number of a row.
      floats("scales", [1e-4, 0, 1 / 850], [1, 3]),
      { name: "integers", dims: [3n, 1n], dataType: 3, int32Data: [0, 0, 100] },
      floats("perInteger", [0.17]),
    ],
  });

/** The score is higher by this much for each year by which the mean age of a run's rows is above 38. */
export const neighbourlyModel = (perYear: number): Uint8Array =>
  loanModel({
    score: [
      node("ReduceMean", ["age"], ["mean"], { keepdims: 0 }),
      node("Sub", ["mean", "usual"], ["older"]),
      node("Mul", ["older", "perYear"], ["others"]),
      node("Add", ["sum", "others"], ["score"]),
    ],
    initializers: [floats("usual", [38]), floats("perYear", [perYear])],
  });

/** It has another output, `extra`, which these nodes make. */
export const extraModel = (
  extra: readonly Node[],
  initializers: readonly Tensor[] = [],
  datatype: keyof typeof ELEMENT = "FP32",
): Uint8Array =>
  loanModel({
    outputs: [LABEL, PROBABILITIES, value("extra", datatype, [-1, 1])],
    label: [...extra, node("Identity", ["winner"], ["label"])],
    initializers,
  });

/** The nodes work on `waste`, FP32 [-1, 1], and leave the score as it is. */
export const wastefulModel = (
  waste: readonly Node[],
  changes: Pick<Changes, "initializers" | "columns"> = {},
): Uint8Array =>
  loanModel({
    ...changes,
    score: [
      ...waste,
      node("Mul", ["waste", "zero"], ["nothing"]),
      node("Add", ["sum", "nothing"], ["score"]),
    ],
  });

/** Its probabilities are a list of dictionaries, as skl2onnx makes them by default. */
export const zipMapModel = (output: string): Uint8Array =>
  loanModel({
    outputs: [LABEL, { name: output, type: LIST_OF_DICTIONARIES }],
    probabilities: [
      { ...node("ZipMap", ["honest"], [output], { classlabels_int64s: [0, 1] }), domain: "ai.onnx.ml" },
    ],
    domains: { "ai.onnx.ml": 3 },
  });

const LIST_OF_DICTIONARIES: Value["type"] = {
  value: {
    case: "sequenceType",
    value: {
      elemType: {
        value: {
          case: "mapType",
          value: {
            keyType: ELEMENT.INT64,
            valueType: { value: { case: "tensorType", value: { elemType: ELEMENT.FP32 } } },
          },
        },
      },
    },
  },
};

/** It takes exactly this many rows in each run. */
export const fixedRowsModel = (rows: number): Uint8Array =>
  buildModel({
    inputs: [value("features", "FP32", [rows, 3])],
    outputs: [value("label", "INT64", [rows]), value("probabilities", "FP32", [rows, 2])],
    nodes: [
      node("Gemm", ["features", "weights"], ["sums"]),
      node("Softmax", ["sums"], ["probabilities"], { axis: 1 }),
      node("ArgMax", ["probabilities"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [floats("weights", [0, 0, 0, 0, 0, 0.02], [3, 2])],
  });

/** `user_id` [-1, 1] in, `label` INT64 [-1] out: whether the id is odd. */
export const oddIdModel = (datatype: "INT64" | "UINT64" = "INT64"): Uint8Array =>
  buildModel({
    inputs: [value("user_id", datatype, [-1, 1])],
    outputs: [LABEL],
    nodes: [
      node("Mod", ["user_id", "two"], ["odd"]),
      node("Reshape", ["odd", "flat"], ["flatOdd"]),
      node("Cast", ["flatOdd"], ["label"], { to: ELEMENT.INT64 }),
    ],
    initializers: [
      datatype === "INT64"
        ? ints("two", [2], [1])
        : { name: "two", dims: [1n], dataType: ELEMENT.UINT64, uint64Data: [2n] },
      ints("flat", [-1], [1]),
    ],
  });

/** Gives back what it gets: `x` INT64 [-1] in, `y` INT64 [-1] out. */
export const sameIntegersModel = (): Uint8Array =>
  buildModel({
    inputs: [value("x", "INT64", [-1])],
    outputs: [value("y", "INT64", [-1])],
    nodes: [node("Identity", ["x"], ["y"])],
  });

/** Its scores are this many times the probabilities. */
export const scaledModel = (by: number): Uint8Array =>
  loanModel({
    probabilities: [node("Mul", ["honest", "factor"], ["probabilities"])],
    initializers: [floats("factor", [by])],
  });

/** Its scores are those of the classes 1 and 0, in this order. */
export const swappedModel = (): Uint8Array => loanModel(SWAPPED);
const SWAPPED: Changes = {
  probabilities: [node("Gather", ["honest", "order"], ["probabilities"], { axis: 1 })],
  initializers: [ints("order", [1, 0], [2])],
};

/** The same, with the labels `denied` and `granted`. */
export const wordModel = (): Uint8Array =>
  loanModel({
    ...SWAPPED,
    outputs: [value("label", "BYTES", [-1]), PROBABILITIES],
    label: [
      {
        ...node("LabelEncoder", ["winner"], ["label"], {
          keys_int64s: [0, 1],
          values_strings: { strings: ["denied", "granted"] },
        }),
        domain: "ai.onnx.ml",
      },
    ],
    domains: { "ai.onnx.ml": 3 },
  });

/** Its scores are log odds. */
export const logitsModel = (): Uint8Array =>
  loanModel({
    probabilities: [
      node("Neg", ["score"], ["against"]),
      node("Concat", ["against", "score"], ["probabilities"], { axis: 1 }),
    ],
  });

/** It has the probability of a third class, which is 0 for each row. */
export const threeClassModel = (): Uint8Array =>
  loanModel({
    outputs: [LABEL, value("probabilities", "FP32", [-1, 3])],
    probabilities: [
      node("Mul", ["of0", "zero"], ["never"]),
      node("Concat", ["honest", "never"], ["probabilities"], { axis: 1 }),
    ],
  });

/** The label is 1 from this probability on. */
export const thresholdModel = (threshold: number): Uint8Array =>
  loanModel({
    label: [node("Greater", ["of1", "limit"], ["isIt"]), ...labelOf("isIt")],
    initializers: [floats("limit", [threshold]), FLAT],
  });

/** Like SVC(probability=True) in scikit-learn: labels come from distances, and probabilities from a fit to them. */
export const apartModel = (): Uint8Array =>
  loanModel({
    label: [
      node("Sub", ["age", "fifty"], ["older"]),
      node("Mul", ["older", "little"], ["tilt"]),
      node("Add", ["sum", "tilt"], ["distance"]),
      node("Greater", ["distance", "zero"], ["isIt"]),
      ...labelOf("isIt"),
    ],
    initializers: [floats("fifty", [50]), floats("little", [0.01]), FLAT],
  });

/** @param condition BOOL [-1, 1]. FLAT is among the initializers. */
const labelOf = (condition: string): Node[] => [
  node("Cast", [condition], ["column"], { to: ELEMENT.INT64 }),
  node("Reshape", ["column", "flat"], ["label"]),
];
const FLAT = ints("flat", [-1], [1]);

/** Its labels are this much above the right ones. */
export const shiftedModel = (by: number): Uint8Array =>
  loanModel({ label: [node("Add", ["winner", "by"], ["label"])], initializers: [ints("by", [by])] });

/** Its labels are -1 and 1, like those of scikit-learn's IsolationForest. */
export const signedModel = (): Uint8Array =>
  loanModel({
    label: [node("Mul", ["winner", "two"], ["twice"]), node("Sub", ["twice", "unit"], ["label"])],
    initializers: [ints("two", [2]), ints("unit", [1])],
  });

/** Its label is -1 for an age above 75. */
export const unsureModel = (): Uint8Array =>
  loanModel({
    label: [
      node("Greater", ["age", "limit"], ["isOld"]),
      node("Reshape", ["isOld", "flat"], ["isUnsure"]),
      node("Where", ["isUnsure", "unsure", "winner"], ["label"]),
    ],
    initializers: [floats("limit", [75]), ints("unsure", [-1]), FLAT],
  });

/** Its fourth column is looked up in a table; if wanted, one place further on for the best credit score. */
export const regionModel = (entries: number, isFurther: boolean): Uint8Array =>
  wastefulModel(
    [
      columnOf(3, "region"),
      ...between("credit_score", "best"),
      node("Add", ["region", isFurther ? "best" : "zero"], ["place"]),
      node("Cast", ["place"], ["index"], { to: ELEMENT.INT64 }),
      node("Gather", ["table", "index"], ["waste"], { axis: 0 }),
    ],
    {
      columns: 4,
      initializers: [
        at(3),
        ...bounds("best", 849.5, 1000),
        floats(
          "table",
          Array.from({ length: entries }, () => 1),
          [entries],
        ),
      ],
    },
  );

/** It needs more numbers than a single row has. */
export const reshapingModel = (): Uint8Array =>
  wastefulModel(
    [
      node("Reshape", ["features", "shape"], ["reshaped"]),
      node("ReduceMax", ["reshaped"], ["waste"], { keepdims: 0 }),
    ],
    { initializers: [ints("shape", [-1, 7], [2])] },
  );
