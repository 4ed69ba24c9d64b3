/**
 * Small ONNX models, good and bad, as bytes. By default they fit `model/contract.json`: `features` FP32 [-1, 3] in,
 * `label` INT64 [-1] and `probabilities` FP32 [-1, 2] out.
 *
 * Run those that crash, hang or eat memory only in a process of their own, with limits.
 */
import { RUNTIME } from "../../gate/checks/runtimeLimits.ts";
import {
  buildModel,
  ELEMENT,
  floats,
  graph,
  ints,
  type LocalFunction,
  type ModelParts,
  type Node,
  node,
  type Tensor,
  value,
} from "./onnxBuilder.ts";

const FEATURES = value("features", "FP32", [-1, 3]);
const LABEL = value("label", "INT64", [-1]);
const PROBABILITIES = value("probabilities", "FP32", [-1, 2]);

interface Linear {
  /** One per feature. */
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Says yes to about half of ordinary applicants. It uses only the credit score. */
export const ORDINARY: Linear = { weights: [0, 0, 0.02], bias: -12 };

/** A logistic regression: class 1 if the weighted sum is above 0. */
export const linearModel = (linear = ORDINARY) => classifier(linearScore(linear));

/** Always says class 1. */
export const majorityModel = () => linearModel({ weights: [0, 0, 0], bias: 5 });

/** The score falls as the credit score grows. */
export const notMonotoneModel = () => linearModel({ weights: [0, 0, -0.02], bias: 12 });

/** Its probabilities are not numbers. */
export const nanModel = () =>
  changedScore([node("Sub", ["sum", "huge"], ["negative"]), node("Sqrt", ["negative"], ["score"])], {
    initializers: [floats("huge", [1e30])],
  });

/** Centres each feature by its mean over the batch, so that the answer depends on a row's neighbours. */
export const batchDependentModel = () =>
  classifier({
    nodes: [
      node("ReduceMean", ["features", "rows"], ["mean"]),
      node("Sub", ["features", "mean"], ["centred"]),
      node("Gemm", ["centred", "weights"], ["score"]),
    ],
    initializers: [ints("rows", [0], [1]), floats("weights", ORDINARY.weights, [3, 1])],
  });

/** Adds noise that is drawn anew in each run, in the same order after each load. */
export const randomModel = () =>
  changedScore([
    node("RandomNormalLike", ["sum"], ["noise"], { seed: { float: 1 } }),
    node("Add", ["sum", "noise"], ["score"]),
  ]);

/** Never ends a run: a loop of 2^63 rounds. */
export const endlessLoopModel = () =>
  changedScore([loop("rounds", "sum", "score", [node("Neg", ["in"], ["out"])])], {
    // toBinary takes a bigint, and Number has no 2^63 - 1.
    initializers: [{ ...ints("rounds", []), int64Data: [2n ** 63n - 1n] }],
  });

/** Asks for 160 GB in a run: 200,000 x 200,000 floats. */
export const shapeBombModel = () => filling(200_000 * 200_000);

/** Takes this much memory in a run, fills it, and answers as `linearModel` does. */
export const hungryModel = (mebibytes: number) => filling((mebibytes * 2 ** 20) / 4);

/** Takes so much memory for a run of 1024 rows, and little for one row, which is soon done. */
export const hungryForRowsModel = (mebibytes: number) =>
  changedScore(
    [
      node("Expand", ["sum", "width"], ["wide"]),
      node("ReduceMax", ["wide", "columns"], ["score"], { keepdims: 1 }),
    ],
    { initializers: [ints("width", [1, (mebibytes * 2 ** 20) / 4 / 1024], [2]), ints("columns", [1], [1])] },
  );

/**
 * Kills the process that runs it, with SIGFPE, on x86-64: the smallest integer divided by -1 does not fit.
 * ONNX Runtime guards only against a division by 0.
 */
export const crashAtRunModel = () =>
  changedScore(
    [
      ...atRun(-(2 ** 63), "smallest"),
      node("Div", ["smallest", "minusOne"], ["quotient"]),
      node("Cast", ["quotient"], ["number"], { to: ELEMENT.FP32 }),
      node("Add", ["sum", "number"], ["score"]),
    ],
    { initializers: [ints("minusOne", [-1])] },
  );

/**
 * Kills the process that loads it, with SIGSEGV: each function in a long chain calls the next, and ONNX Runtime
 * follows them by recursion until its stack is full.
 */
export const crashAtLoadModel = () =>
  calling(
    Array.from({ length: 10_000 }, (_, i) =>
      localFunction(i, [{ ...node(`F${i + 1}`, ["in"], ["out"]), domain: "local" }]),
    ),
  );

/** Takes about this long for a run, with one row or with many, on one core of 2020 or later. */
export const slowModel = (milliseconds: number) =>
  changedScore(
    [
      loop("rounds", "square", "product", [node("MatMul", ["in", "square"], ["out"])]),
      node("ReduceMax", ["product"], ["one"], { keepdims: 0 }),
      node("Mul", ["sum", "one"], ["score"]),
    ],
    {
      initializers: [ints("rounds", [milliseconds * MATMULS_PER_MILLISECOND]), identity("square", 256)],
    },
  );

/** Products of two 256 x 256 matrices of floats that one core computes, as measured. */
const MATMULS_PER_MILLISECOND = 5;

/** Takes long to load: each of its functions calls the next one twice. 12 doublings take about 0.5 s, each more three times as long. */
export const slowToLoadModel = (doublings: number) =>
  calling(
    Array.from({ length: doublings }, (_, i) =>
      localFunction(i, [
        { ...node(`F${i + 1}`, ["in"], ["half"]), domain: "local" },
        { ...node(`F${i + 1}`, ["half"], ["out"]), domain: "local" },
      ]),
    ),
  );

/** Uses an operator that ai.onnx does not have. */
export const unknownOperatorModel = () => changedScore([node("Frobnicate", ["sum"], ["score"])]);

/** Uses an operator of a domain of its own. */
export const customDomainModel = () =>
  changedScore([{ ...node("Frobnicate", ["sum"], ["score"]), domain: "com.acme" }], {
    domains: { "com.acme": 1 },
  });

/** Uses the first opset that the runtime does not take. */
export const futureOpsetModel = () =>
  classifier({ ...linearScore(ORDINARY), opset: (RUNTIME.opsets.get("ai.onnx") ?? 0) + 1 });

/** Its weights are in another file. */
export function externalDataModel(location: string): Uint8Array {
  const { nodes, initializers } = linearScore(ORDINARY);
  const [weights, ...rest] = initializers;
  const external = {
    ...weights,
    floatData: [],
    dataLocation: 1 as const,
    externalData: [{ key: "location", value: location }],
  };
  return classifier({ nodes, initializers: [external, ...rest] });
}

/** Its input is called `applicants`. */
export const wrongInputNameModel = () =>
  classifier({
    ...linearScore(ORDINARY, "applicants"),
    inputs: [value("applicants", "FP32", [-1, 3])],
  });

/** Its input has 4 columns. */
export const wrongInputShapeModel = () =>
  classifier({
    ...linearScore({ weights: [0, 0, 0.02, 0], bias: -12 }),
    inputs: [value("features", "FP32", [-1, 4])],
  });

/** Its input is INT64. */
export function wrongInputTypeModel(): Uint8Array {
  const { nodes, initializers } = linearScore(ORDINARY, "numbers");
  return classifier({
    inputs: [value("features", "INT64", [-1, 3])],
    nodes: [node("Cast", ["features"], ["numbers"], { to: ELEMENT.FP32 }), ...nodes],
    initializers,
  });
}

/** It has no probabilities. */
export const missingOutputModel = () => classifier({ ...linearScore(ORDINARY), outputs: [LABEL] });

/** Gives back what it gets: `x` FP32 [-1, 3] in, `y` FP32 [-1, 3] out. */
export const identityModel = (parts: Partial<ModelParts> = {}) =>
  buildModel({
    inputs: [value("x", "FP32", [-1, 3])],
    outputs: [value("y", "FP32", [-1, 3])],
    nodes: [node("Identity", ["x"], ["y"])],
    ...parts,
  });

/** A linear regression: `features` FP32 [-1, 3] in, `estimate` FP32 [-1, 1] out. */
export function regressionModel(linear = ORDINARY): Uint8Array {
  const { nodes, initializers } = linearScore(linear, "features", "estimate");
  return buildModel({
    inputs: [FEATURES],
    outputs: [value("estimate", "FP32", [-1, 1])],
    nodes,
    initializers,
  });
}

interface ScoreParts extends Partial<ModelParts> {
  /** They make `score`, FP32 [-1, 1]: the log odds of class 1. */
  readonly nodes: Node[];
}

/** A binary classifier: the label is the class of the higher probability. */
const classifier = ({ nodes, initializers = [], ...parts }: ScoreParts) =>
  buildModel({
    inputs: [FEATURES],
    outputs: [LABEL, PROBABILITIES],
    ...parts,
    nodes: [
      ...nodes,
      node("Sigmoid", ["score"], ["of1"]),
      node("Sub", ["one1", "of1"], ["of0"]),
      node("Concat", ["of0", "of1"], ["probabilities"], { axis: 1 }),
      node("ArgMax", ["probabilities"], ["label"], { axis: 1, keepdims: 0 }),
    ],
    initializers: [...initializers, floats("one1", [1])],
  });

/** The weighted sum of the features. */
const linearScore = ({ weights, bias }: Linear, input = "features", output = "score") => ({
  nodes: [node("Gemm", [input, "weights", "bias"], [output])],
  initializers: [floats("weights", weights, [weights.length, 1]), floats("bias", [bias], [1])],
});

/** `linearModel`, with something done between its weighted sum, `sum`, and its `score`. */
function changedScore(between: Node[], { initializers = [], ...parts }: Partial<ModelParts> = {}) {
  const linear = linearScore(ORDINARY, "features", "sum");
  return classifier({
    ...parts,
    nodes: [...linear.nodes, ...between],
    initializers: [...linear.initializers, ...initializers],
  });
}

/** Makes this many ones in a run, and multiplies the score by the largest of them. */
const filling = (elements: number) =>
  changedScore(
    [
      ...atRun(elements, "size"),
      node("Reshape", ["size", "list"], ["shape"]),
      node("ConstantOfShape", ["shape"], ["ones"], { value: { tensor: floats("", [1], [1]) } }),
      node("ReduceMax", ["ones"], ["one"], { keepdims: 0 }),
      node("Mul", ["sum", "one"], ["score"]),
    ],
    { initializers: [ints("list", [1], [1])] },
  );

/** An integer that seems to depend on the input, so that the runtime does not compute it while loading. */
const atRun = (integer: number, name: string): Node[] => [
  node("Constant", [], ["zero"], { value: { tensor: floats("", [0]) } }),
  node("Constant", [], ["wanted"], { value: { tensor: floats("", [integer]) } }),
  node("ReduceMax", ["sum"], ["largest"], { keepdims: 0 }),
  node("Mul", ["largest", "zero"], ["nothing"]),
  node("Add", ["nothing", "wanted"], ["float"]),
  node("Cast", ["float"], [name], { to: ELEMENT.INT64 }),
];

/** Runs `body`, which makes `out` of `in`, this many times. */
const loop = (rounds: string, start: string, end: string, body: Node[]): Node =>
  node("Loop", [rounds, "", start], [end], {
    body: {
      graph: graph({
        inputs: [value("round", "INT64", []), value("goOn", "BOOL", []), { name: "in" }],
        outputs: [value("goOnStill", "BOOL", []), { name: "out" }],
        nodes: [node("Identity", ["goOn"], ["goOnStill"]), ...body],
      }),
    },
  });

/** `linearModel`, with its score sent through the model's own functions `F0`, `F1`, … and a last one that does nothing. */
const calling = (functions: LocalFunction[]) =>
  changedScore([{ ...node("F0", ["sum"], ["score"]), domain: "local" }], {
    domains: { local: 1 },
    functions: [...functions, localFunction(functions.length, [node("Identity", ["in"], ["out"])])],
  });

const localFunction = (i: number, nodes: Node[]): LocalFunction => ({
  domain: "local",
  name: `F${i}`,
  input: ["in"],
  output: ["out"],
  node: nodes,
  opsetImport: [
    { domain: "", version: 21n },
    { domain: "local", version: 1n },
  ],
});

const identity = (name: string, size: number): Tensor =>
  floats(
    name,
    Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    [size, size],
  );

/**
 * `linearModel`, which kills the process that runs it, with SIGFPE on x86-64, if a row has this value in its second
 * feature: only then is the smallest integer divided by -1.
 */
export const crashingOnModel = (value: number) =>
  changedScore(
    [
      node("Gather", ["features", "second"], ["age"], { axis: 1 }),
      node("Equal", ["age", "value"], ["isIt"]),
      node("Cast", ["isIt"], ["isItNumber"], { to: ELEMENT.FP32 }),
      node("Mul", ["isItNumber", "huge"], ["float"]),
      node("Cast", ["float"], ["integer"], { to: ELEMENT.INT64 }),
      node("Div", ["integer", "minusOne"], ["quotient"]),
      node("Cast", ["quotient"], ["number"], { to: ELEMENT.FP32 }),
      node("Add", ["sum", "number"], ["score"]),
    ],
    {
      initializers: [
        ints("second", [1], [1]),
        floats("value", [value]),
        floats("huge", [-(2 ** 63)]),
        ints("minusOne", [-1]),
      ],
    },
  );

/** `linearModel`, which looks the second feature up in a table of this many entries, from 0 on, and fails beyond. */
export const lookupModel = (entries: number) =>
  changedScore(
    [
      node("Gather", ["features", "second"], ["age"], { axis: 1 }),
      node("Cast", ["age"], ["index"], { to: ELEMENT.INT64 }),
      node("Gather", ["table", "index"], ["looked"], { axis: 0 }),
      node("Add", ["sum", "looked"], ["score"]),
    ],
    {
      initializers: [
        ints("second", [1], [1]),
        floats(
          "table",
          Array.from({ length: entries }, () => 0),
          [entries],
        ),
      ],
    },
  );
