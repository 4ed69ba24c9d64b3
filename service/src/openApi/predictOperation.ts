/** `POST /predict` as OpenAPI has it: with this model's own features. Pure. */
import type { Column, ServedContract, TensorSpec } from "../../../contract/index.ts";
import { MAX_BODY } from "../http/jsonBody.ts";
import { MAX_ROWS } from "../input/inputs.ts";
import type { ProblemType } from "../problems/requestError.ts";
import { answeredCell, givenCell, nested, type Schema, tuple } from "./cellSchemas.ts";
import type { Examples } from "./examples.ts";
import { FIELD_PROBLEMS, problems, success, TIMEOUT } from "./responses.ts";

/** The problems of every operation that runs the model. */
export const OF_A_RUN: readonly ProblemType[] = [
  "not-json",
  "too-large",
  "unsupported-media-type",
  "invalid-input",
  "invalid-output",
  "unavailable",
  "late",
];

export function predictOperation(contract: ServedContract, release: string, examples: Examples): unknown {
  const described = { operationId: "predict", tags: ["Prediction"] };
  if (!examples.rows)
    return {
      ...described,
      summary: "Not of this model",
      description: "The contract names no columns for some input, so there are no features to predict from.",
      responses: problems(["not-found"], "Problem"),
    };
  return {
    ...described,
    summary: `Predict from ${list(examples.names)}`,
    description:
      `One row, or up to ${MAX_ROWS} of them; the features by position or by name. ` +
      `A body has at most ${MAX_BODY} bytes, as application/json in UTF-8 and without Content-Encoding.`,
    parameters: [TIMEOUT],
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: { $ref: "#/components/schemas/PredictRequest" },
          examples: requestExamples(examples.rows, examples.names),
        },
      },
    },
    responses: {
      200: success("One prediction per row.", {
        "application/json": {
          schema: { $ref: "#/components/schemas/Prediction" },
          ...answerExample(contract, release, examples),
        },
      }),
      ...problems(OF_A_RUN, "Problem"),
    },
  };
}

/** The schemas that `/predict` refers to; none for a model without it. */
export function predictSchemas(contract: ServedContract): Readonly<Record<string, Schema>> {
  const { inputs } = contract;
  if (inputs.some(({ columns }) => columns === undefined)) return {};
  const features = inputs.flatMap(featuresOf);
  const row = { $ref: "#/components/schemas/Row" };
  const namedRow = { $ref: "#/components/schemas/NamedRow" };
  return {
    PredictRequest: {
      type: "object",
      required: ["features"],
      additionalProperties: false,
      properties: {
        features: {
          anyOf: [
            row,
            namedRow,
            { type: "array", minItems: 1, maxItems: MAX_ROWS, items: { anyOf: [row, namedRow] } },
          ],
        },
      },
    },
    Row: {
      ...tuple(features.map(({ schema, name }) => ({ title: name, ...schema }))),
      description: `One row: ${list(features.map(({ name }) => name))}, in this order.`,
    },
    NamedRow: {
      type: "object",
      description: "One row, its features by name.",
      required: features.map(({ name }) => name),
      additionalProperties: false,
      properties: Object.fromEntries(features.map(({ name, schema }) => [name, schema])),
    },
    Prediction: answerSchema(contract),
  };
}

/** The features of an input, each with what a request may hold for it. */
export function featuresOf({
  datatype,
  columns = [],
  outOfRange,
}: TensorSpec): { name: string; schema: Schema }[] {
  return columns.map((column) => {
    const { name, unit } = column;
    const reported = outOfRange === "report" ? reportedLimits(column) : [];
    const description = [...(unit === undefined ? [] : [unit]), ...reported].join("; ");
    return {
      name,
      schema: { ...givenCell(datatype, column, outOfRange), ...(description && { description }) },
    };
  });
}

/** What brings a warning rather than a refusal. */
function reportedLimits({ min, max, categories }: Omit<Column, "name">): string[] {
  const limits = [
    ...(min === undefined ? [] : [`from ${min}`]),
    ...(max === undefined ? [] : [`to ${max}`]),
    ...(categories ? [`one of ${list(categories.map(String))}`] : []),
  ];
  return limits.length === 0 ? [] : [`${limits.join(" ")}, else answered with a warning`];
}

function answerSchema(contract: ServedContract): Schema {
  const { inputs, outputs, scores, classes } = contract;
  const scored = (wanted: string): Schema => {
    const { datatype, shape } = outputs.find(({ name }) => name === wanted)!;
    const [rows = -1, perRow = 1] = shape;
    // A single score comes with that of the other class.
    return nested(answeredCell(datatype), perRow === 1 && classes ? [rows, classes.length] : shape);
  };
  return {
    type: "object",
    required: ["prediction", ...(scores === undefined ? [] : ["scores"]), "model", "release"],
    properties: {
      prediction: predictionSchema(contract),
      ...(scores !== undefined && {
        scores: {
          ...scored(scores),
          description: `Per row one score per class${classes ? `: ${classes.join(", ")}` : ""}.`,
        },
      }),
      ...warningsSchema(inputs),
      model: {
        type: "object",
        required: ["name", "version"],
        properties: { name: { type: "string" }, version: { type: "string" } },
      },
      release: { type: "string", description: "The release that gave this answer." },
    },
  };
}

/** A label that is made from the scores. It is one of the classes, so that its datatype does not matter. */
const MADE_LABEL = { datatype: "BYTES", shape: [-1] } as const;

/** The predictions of an answer. */
export function predictionSchema({
  outputs,
  prediction,
  classes,
}: Pick<ServedContract, "outputs" | "prediction" | "classes">): Schema {
  // The contract's parser has seen to it that it is there.
  const given = outputs.find(({ name }) => name === prediction)!;
  const { datatype, shape } = prediction === undefined ? MADE_LABEL : given;
  const label = classes && datatype !== "BOOL" ? { enum: classes } : answeredCell(datatype);
  return { ...predicted(label, shape), description: "One entry per row." };
}

/** The property `warnings` of an answer, if a model has any. */
export function warningsSchema(inputs: ServedContract["inputs"]): { readonly warnings?: Schema } {
  return inputs.some(({ outOfRange }) => outOfRange === "report")
    ? {
        warnings: { ...FIELD_PROBLEMS, description: "Values outside the model's limits; the first of them." },
      }
    : {};
}

/** [rows, 1] comes as one value per row. */
function predicted(cell: Schema, shape: readonly number[]): Schema {
  const [rows = -1, perRow] = shape;
  if (shape.length !== 2 || (perRow !== 1 && perRow !== -1)) return nested(cell, shape);
  const flat = nested(cell, [rows]);
  return perRow === 1 ? flat : { anyOf: [flat, nested(cell, shape)] };
}

function requestExamples(rows: readonly (readonly unknown[])[], names: readonly string[]): unknown {
  const [first = []] = rows;
  const named = (row: readonly unknown[]) => Object.fromEntries(names.map((name, i) => [name, row[i]]));
  return {
    oneRow: { summary: "One row", value: { features: first } },
    named: { summary: "One row, by name", value: { features: named(first) } },
    rows: { summary: "A list of rows", value: { features: rows } },
    namedRows: { summary: "A list of rows, by name", value: { features: rows.map(named) } },
  };
}

/** The answer to the first of the examples, if the golden request says what it is and nothing is made of it. */
function answerExample(
  { name, version, prediction, scores, scoresAre }: ServedContract,
  release: string,
  { answers }: Examples,
): { example?: unknown } {
  if (prediction === undefined || scoresAre === "logits") return {};
  const first = (output: string) => answers?.[output]?.slice(0, 1);
  const predictions = first(prediction);
  const scored = scores === undefined ? undefined : first(scores);
  if (!predictions || (scores !== undefined && !scored)) return {};
  return {
    example: {
      prediction: predictions.map((entry) => (Array.isArray(entry) && entry.length === 1 ? entry[0] : entry)),
      ...(scored && { scores: scored }),
      model: { name, version },
      release,
    },
  };
}

/** "a, b and 3 more". */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
