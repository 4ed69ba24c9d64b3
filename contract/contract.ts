/** The contract (`contract.json`): its schema and its types. Pure. */
import { type Static, Type } from "typebox";
import { DATATYPES, type Datatype } from "./datatypes.ts";
import { closed, label, name } from "./schemaParts.ts";
import { ValidationSchema } from "./validationSchema.ts";

/** A version that Kubernetes labels, URLs and HTTP headers all take. VS Code shows `patternErrorMessage`, too. */
const VERSION = {
  pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$",
  patternErrorMessage:
    "must have at most 63 letters, digits, '.', '_' and '-', with a letter or digit at either end",
};
const DNS_LABEL = {
  pattern: "^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$",
  patternErrorMessage: "must be a DNS label: at most 63 of a-z, 0-9 and -, a letter first, no - at the end",
};

const ColumnSchema = Type.Object(
  {
    name: name("The feature's name, as requests and the holdout use it."),
    unit: Type.Optional(Type.String({ description: "The unit of the values, for people." })),
    min: Type.Optional(Type.Number({ description: "Smallest value that a request may hold." })),
    max: Type.Optional(Type.Number({ description: "Largest value that a request may hold." })),
    categories: Type.Optional(
      Type.Array(Type.Unsafe<number | string>({ type: ["number", "string"] }), {
        minItems: 1,
        uniqueItems: true,
        description: "The only values that a request may hold.",
      }),
    ),
    missing: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          "Whether a value may be missing: null in a request, an empty cell in the holdout. The model gets NaN, or an empty text.",
      }),
    ),
  },
  closed,
);

const shape = () =>
  Type.Array(Type.Integer({ minimum: -1 }), {
    maxItems: 8,
    description: "One number per dimension, -1 for any size.",
  });
const datatype = () => Type.Unsafe<Datatype>({ enum: [...DATATYPES] });

const InputSchema = Type.Object(
  {
    name: name("The input's name in the ONNX graph."),
    datatype: datatype(),
    shape: shape(),
    columns: Type.Optional(
      Type.Array(ColumnSchema, {
        minItems: 1,
        description: "What each value of a row means. It makes the input tabular.",
      }),
    ),
    outOfRange: Type.Optional(
      Type.Unsafe<"refuse" | "report">({
        enum: ["refuse", "report"],
        default: "refuse",
        description:
          "What happens to a request with a value outside min, max or categories. refuse: it is refused. report: it is answered, with a warning beside the prediction.",
      }),
    ),
  },
  closed,
);

const OutputSchema = Type.Object(
  { name: name("The output's name in the ONNX graph."), datatype: datatype(), shape: shape() },
  closed,
);

/** The schema that editors read (`contract.schema.json`) and that `parseContract` checks against. */
export const contractSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    name: Type.String({ ...DNS_LABEL, description: "The model's name: a DNS label." }),
    version: Type.String({ ...VERSION, description: "The model's version, as you count it." }),
    description: Type.Optional(Type.String()),
    task: Type.Unsafe<"classification" | "regression" | "raw">({
      enum: ["classification", "regression", "raw"],
    }),
    inputs: Type.Array(InputSchema, { minItems: 1 }),
    outputs: Type.Array(OutputSchema, { minItems: 1 }),
    prediction: Type.Optional(
      name(
        "The output that holds the prediction. A classification needs none if it has scores and classes: the label then follows from the scores by the decision.",
      ),
    ),
    scores: Type.Optional(
      name(
        "The output that holds one score per class, or with two classes a single one, which is that of the second.",
      ),
    ),
    scoresAre: Type.Optional(
      Type.Unsafe<"probabilities" | "logits" | "numbers">({
        enum: ["probabilities", "logits", "numbers"],
        default: "probabilities",
        description:
          "What the scores are. probabilities: from 0 to 1, and the sum of each row is 1. logits: their softmax is the probabilities that an answer gives, or the logistic function if there is a single one. numbers: any other, such as votes or distances; a higher one speaks more for its class.",
      }),
    ),
    decision: Type.Optional(
      Type.Unsafe<"argmax" | "threshold" | "independent">({
        enum: ["argmax", "threshold", "independent"],
        default: "argmax",
        description:
          "How the label follows from the scores. argmax: it is the class with the highest score. threshold: with two classes, it is the second if its score is at least the threshold (of logits: its probability). independent: it does not follow from the scores, as with SVC(probability=True) in scikit-learn.",
      }),
    ),
    threshold: Type.Optional(
      Type.Number({
        description: "The lowest score at which a row gets the second class. For decision: threshold.",
      }),
    ),
    classes: Type.Optional(
      Type.Array(label(), {
        minItems: 2,
        uniqueItems: true,
        description: "The class labels, in the order of the scores.",
      }),
    ),
    validation: Type.Optional(ValidationSchema),
    provenance: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: "object",
        description: "Where the model comes from. Any keys are allowed.",
      }),
    ),
  },
  { ...closed, title: "The contract of a model that Slipway ships" },
);

/** The text of `contract.schema.json`, which `npm run contract:schema` writes. */
export function contractSchemaText(): string {
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", ...contractSchema }, null, 2)}\n`;
}

export type Contract = Static<typeof contractSchema>;
export type Column = Static<typeof ColumnSchema>;
/** An input or output tensor; only inputs have columns. */
export type TensorSpec = Static<typeof InputSchema>;
/** The contract in the image: without the keys that only judge the model or only help an editor. */
export type ServedContract = Omit<Contract, "validation" | "$schema">;

type Sound<T> = T extends readonly (infer Item)[]
  ? (Sound<Item> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Sound<T[K]> | undefined }
    : T;
/** A contract in which every value that the schema refuses is undefined. */
export type SoundParts = Sound<Omit<Contract, "provenance">>;
export type Input = NonNullable<NonNullable<SoundParts["inputs"]>[number]>;
export type Output = NonNullable<NonNullable<SoundParts["outputs"]>[number]>;
