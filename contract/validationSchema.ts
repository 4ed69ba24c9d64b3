/** The schema of a contract's `validation`: what the gate demands. */
import { type Static, Type } from "typebox";
import type { MetricName } from "./metricNames.ts";
import { closed, label, name, path } from "./schemaParts.ts";

const FRACTION = { minimum: 0, maximum: 1 };
const NOT_NEGATIVE = { minimum: 0 };

const atLeast = (description: string, limits: object = FRACTION) =>
  Type.Optional(Type.Object({ min: Type.Number({ ...limits, description }) }, closed));
const atMost = (description: string, limits: object = NOT_NEGATIVE) =>
  Type.Optional(Type.Object({ max: Type.Number({ ...limits, description }) }, closed));

const OF_CLASSES = "With two classes: that of the second. With more: the mean over all.";

/** The bound of each metric. A higher value is better if it has a `min`. */
const bounds = {
  accuracy: atLeast("Lowest accepted share of right answers."),
  balancedAccuracy: atLeast("Lowest accepted mean of the classes' recalls."),
  precision: atLeast(`Lowest accepted precision. ${OF_CLASSES}`),
  recall: atLeast(`Lowest accepted recall. ${OF_CLASSES}`),
  f1: atLeast(`Lowest accepted F1. ${OF_CLASSES}`),
  rocAuc: atLeast(
    "Lowest accepted area under the ROC curve. With more than two classes: the mean of each against the rest.",
  ),
  logLoss: atMost("Highest accepted log loss, in nats."),
  calibrationError: atMost("Highest accepted expected calibration error over 10 bins.", FRACTION),
  mae: atMost("Highest accepted mean absolute error, in the target's unit."),
  rmse: atMost("Highest accepted root mean squared error, in the target's unit."),
  r2: atLeast("Lowest accepted coefficient of determination.", { maximum: 1 }),
} satisfies Record<MetricName, unknown>;
const MetricsSchema = Type.Object(bounds, { ...closed, minProperties: 1 });

const ClassSchema = Type.Object(
  {
    class: label("One of the contract's classes."),
    metrics: Type.Object(
      {
        precision: atLeast("Lowest accepted share of its predictions that are right."),
        recall: atLeast("Lowest accepted share of its rows that are found."),
        f1: atLeast("Lowest accepted harmonic mean of both."),
      },
      { ...closed, minProperties: 1 },
    ),
  },
  closed,
);

const ConditionSchema = Type.Object(
  {
    from: Type.Optional(Type.Number({ description: "Values at or above this." })),
    below: Type.Optional(Type.Number({ description: "Values below this." })),
    in: Type.Optional(
      Type.Array(Type.Unsafe<number | string>({ type: ["number", "string"] }), {
        minItems: 1,
        uniqueItems: true,
        description: "One of these values.",
      }),
    ),
  },
  { ...closed, minProperties: 1 },
);

const SliceSchema = Type.Object(
  {
    where: Type.Unsafe<Record<string, Static<typeof ConditionSchema>>>({
      type: "object",
      minProperties: 1,
      additionalProperties: ConditionSchema,
      description: 'Columns of the holdout and the values that they must hold: {"age": {"below": 25}}.',
    }),
    metrics: MetricsSchema,
  },
  closed,
);

const InvarianceSchema = Type.Object(
  {
    feature: name("The column that is varied while all others stay the same."),
    score: Type.Unsafe<"increases" | "decreases" | "stays">({
      enum: ["increases", "decreases", "stays"],
      description:
        "What the score may do while the feature grows: never fall, never rise, or not change at all.",
    }),
    class: Type.Optional(label("The class whose score is meant. Unset: the last one.")),
    tolerance: Type.Optional(
      Type.Number({
        minimum: 0,
        description: "Largest accepted change in the wrong direction. Unset: 0.000001.",
      }),
    ),
  },
  closed,
);

const action = (description: string) =>
  Type.Optional(
    Type.Unsafe<"refuse" | "warn" | "ignore">({ enum: ["refuse", "warn", "ignore"], description }),
  );

/** Findings that the gate looks for unasked. */
const FindingsSchema = Type.Object(
  {
    weakSegments: action(
      "A part of the holdout on which the model is clearly worse than on the whole. Unset: warn.",
    ),
    naive: action("A model no better than one that always gives the same answer. Unset: refuse."),
    repeatedRows: action("Rows of the holdout that repeat each other. Unset: warn."),
    contradictions: action("Rows of the holdout that differ only in their label. Unset: warn."),
    leakage: action("A column of the holdout that gives the label away. Unset: refuse."),
    smallHoldout: action("A holdout too small to tell whether a floor is kept. Unset: warn."),
    skew: action("Rows of the holdout outside the contract's ranges and categories. Unset: refuse."),
    batchDependence: action("Answers that depend on a row's neighbours in the batch. Unset: refuse."),
    declaredValues: action(
      "Values that a request may hold, but that the model fails on or answers without a finite number. Unset: refuse.",
    ),
    nondeterminism: action("Different answers to the same input. Unset: refuse."),
  },
  closed,
);

const budget = (description: string) => Type.Optional(Type.Number({ exclusiveMinimum: 0, description }));

export const ValidationSchema = Type.Object(
  {
    holdout: Type.Optional(
      Type.Object(
        {
          file: path("CSV beside the contract: labelled rows."),
          target: name("The column that holds the right answer."),
        },
        closed,
      ),
    ),
    golden: Type.Object(
      {
        file: path("JSON beside the contract: exact inputs with their expected outputs."),
        tolerance: Type.Number({ minimum: 0, description: "Largest accepted difference of a number." }),
      },
      closed,
    ),
    metrics: Type.Optional(MetricsSchema),
    classes: Type.Optional(
      Type.Array(ClassSchema, { minItems: 1, description: "Floors for single classes." }),
    ),
    slices: Type.Optional(
      Type.Array(SliceSchema, { minItems: 1, description: "Floors for parts of the holdout." }),
    ),
    champion: Type.Optional(
      Type.Object(
        {
          maxDrop: Type.Unsafe<Partial<Record<MetricName, number>>>({
            type: "object",
            minProperties: 1,
            additionalProperties: false,
            properties: Object.fromEntries(
              Object.keys(bounds).map((metric) => [metric, { type: "number", minimum: 0 }]),
            ),
            description:
              "How much worse a metric may be than in the release that serves now, on the same rows.",
          }),
        },
        closed,
      ),
    ),
    budgets: Type.Optional(
      Type.Object(
        {
          sizeMebibytes: budget(
            "Largest accepted model file, in MiB. Unset: 2048, the largest that ONNX allows.",
          ),
          loadSeconds: budget("Longest accepted time to load, in seconds of processor time."),
          memoryMebibytes: budget(
            "Most memory that loading and running the model may add to a process, in MiB.",
          ),
          p50Milliseconds: budget(
            "Longest accepted median time of a run with one row, in milliseconds of processor time.",
          ),
          p99Milliseconds: budget(
            "Longest accepted 99th percentile of the time of a run with one row, in milliseconds of processor time.",
          ),
        },
        closed,
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          stepSeconds: budget(
            "Longest time of a step before it is ended, in seconds of processor time. A step is loading, a golden request, or all rows of the holdout. Unset: 120, or more if the budgets allow more for this many rows, or 0.1 s a row without budgets.",
          ),
        },
        { ...closed, minProperties: 1 },
      ),
    ),
    invariances: Type.Optional(
      Type.Array(InvarianceSchema, {
        minItems: 1,
        description: "How the score may move with a feature, on rows of the holdout.",
      }),
    ),
    findings: Type.Optional({
      ...FindingsSchema,
      description: "What happens to each finding that the gate looks for unasked.",
    }),
  },
  { ...closed, description: "What the gate demands. Not part of the image." },
);

export type MetricBounds = Static<typeof MetricsSchema>;
export type Validation = Static<typeof ValidationSchema>;
export type Slice = Static<typeof SliceSchema>;
export type Invariance = Static<typeof InvarianceSchema>;
