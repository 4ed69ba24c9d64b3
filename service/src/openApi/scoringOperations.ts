/** KServe V1, TensorFlow Serving and MLflow as OpenAPI has them, for this model's own features. Pure. */
import type { ServedContract, TensorSpec } from "../../../contract/index.ts";
import { MAX_ROWS } from "../input/inputs.ts";
import { SIGNATURE } from "../scoring/scoringRequest.ts";
import { givenCell, nested, oneOf, type Schema, tuple } from "./cellSchemas.ts";
import type { Examples } from "./examples.ts";
import { featuresOf, OF_A_RUN, predictionSchema, warningsSchema } from "./predictOperation.ts";
import { problems, success, TIMEOUT } from "./responses.ts";

const V1 = "KServe V1 and TensorFlow Serving";
const MLFLOW = "MLflow and SageMaker";
export const SCORING_TAGS = [{ name: V1 }, { name: MLFLOW }];

const EXAMPLE = "Inputs";

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** The operations by path and method. */
export function scoringPaths({ name }: ServedContract, examples: Examples): Record<string, unknown> {
  return {
    [`/v1/models/${name}`]: {
      get: {
        operationId: "readinessByV1",
        tags: [V1],
        summary: "Whether it takes requests",
        responses: {
          200: success("It does.", { "application/json": { schema: READY } }),
          ...problems(["unavailable"], "InferenceProblem"),
        },
      },
    },
    [`/v1/models/${name}:predict`]: post(
      {
        operationId: "predictByV1",
        tags: [V1],
        summary: "Instances in, predictions out",
        description:
          "`instances` are rows, and `inputs` are columns or tensors. As TensorFlow has it, the answer to the one is `predictions`, and to the other `outputs`.",
      },
      "V1",
      v1Examples(examples),
    ),
    "/invocations": post(
      {
        operationId: "invoke",
        tags: [MLFLOW],
        summary: "A dataframe in, predictions out",
        description: "Columns stand in any order.",
      },
      "Invocation",
      invocationExamples(examples),
    ),
    "/ping": {
      get: {
        operationId: "ping",
        tags: [MLFLOW],
        summary: "Whether requests are taken",
        responses: { 200: success("They are.", {}), ...problems(["unavailable"], "Problem") },
      },
    },
  };
}

function post(
  operation: Readonly<Record<string, unknown>>,
  kind: "V1" | "Invocation",
  given: Requests,
): Record<string, unknown> {
  return {
    post: {
      ...operation,
      parameters: [TIMEOUT],
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: ref(`${kind}Request`),
            ...(Object.keys(given).length > 0 && { examples: given }),
          },
        },
      },
      responses: {
        200: success("The predictions alone, one per row.", {
          "application/json": { schema: ref(`${kind}Answer`) },
        }),
        ...problems(OF_A_RUN, kind === "V1" ? "InferenceProblem" : "Problem"),
      },
    },
  };
}

const READY: Schema = {
  type: "object",
  required: ["name", "ready"],
  properties: { name: { type: "string" }, ready: { const: true } },
};

/** Examples of requests by their names, as OpenAPI has them. */
type Requests = Readonly<Record<string, unknown>>;

const OF_TENSORS = { inputs: { $ref: `#/components/examples/${EXAMPLE}` } };

function v1Examples({ rows, names, inputs }: Examples): Requests {
  if (!rows) return inputs ? OF_TENSORS : {};
  return {
    instances: { summary: "Rows", value: { instances: rows } },
    named: { summary: "Rows by name", value: { instances: rows.map((row) => byName(row, names)) } },
    inputs: {
      summary: "Columns",
      value: { inputs: Object.fromEntries(names.map((name, i) => [name, rows.map((row) => row[i])])) },
    },
  };
}

function invocationExamples({ rows, names, inputs }: Examples): Requests {
  if (!rows) return inputs ? OF_TENSORS : {};
  return {
    split: { summary: "A dataframe", value: { dataframe_split: { columns: names, data: rows } } },
    records: {
      summary: "Its records",
      value: { dataframe_records: rows.map((row) => byName(row, names)) },
    },
  };
}

const byName = (row: readonly unknown[], names: readonly string[]) =>
  Object.fromEntries(names.map((name, i) => [name, row[i]]));

/** One for both operations: that of an image is long. */
export function scoringExamples({ inputs }: Examples): Readonly<Record<string, unknown>> {
  return inputs ? { [EXAMPLE]: { summary: "Tensors by input", value: { inputs } } } : {};
}

/** The schemas that the operations refer to. */
export function scoringSchemas(contract: ServedContract): Readonly<Record<string, Schema>> {
  const { inputs } = contract;
  const tabular = inputs.every(({ columns }) => columns !== undefined);
  const { instances, tensors, ...frames } = tabular ? tabularForms(inputs) : tensorForms(contract);
  const rows = [alone("instances", instances), alone("inputs", tensors)];
  const predicted = predictionSchema(contract);
  const answer = (key: string): Schema => ({
    type: "object",
    required: [key],
    properties: { [key]: predicted, ...warningsSchema(inputs) },
  });
  return {
    V1Request: {
      anyOf: [
        alone("instances", instances, { signature_name: { const: SIGNATURE } }),
        alone("inputs", tensors, { signature_name: { const: SIGNATURE } }),
      ],
    },
    V1Answer: { anyOf: [answer("predictions"), answer("outputs")] },
    InvocationRequest: {
      anyOf: [...Object.entries(frames).map(([form, schema]) => alone(form, schema)), ...rows],
    },
    InvocationAnswer: answer("predictions"),
  };
}

/** An object of one form. */
function alone(form: string, schema: Schema, others: Readonly<Record<string, Schema>> = {}): Schema {
  return {
    type: "object",
    required: [form],
    additionalProperties: false,
    properties: { [form]: schema, ...others },
  };
}

interface Forms {
  readonly instances: Schema;
  readonly tensors: Schema;
  readonly dataframe_split?: Schema;
  readonly dataframe_records?: Schema;
}

const rowsOf = (items: Schema): Schema => ({ type: "array", minItems: 1, maxItems: MAX_ROWS, items });

function objectOf(entries: readonly (readonly [name: string, schema: Schema])[]): Schema {
  return {
    type: "object",
    required: entries.map(([name]) => name),
    additionalProperties: false,
    properties: Object.fromEntries(entries),
  };
}

function tabularForms(inputs: ServedContract["inputs"]): Forms {
  const features = inputs.flatMap(featuresOf);
  const names = features.map(({ name }) => name);
  const cells = features.map(({ schema }) => schema);
  const instances = rowsOf({ anyOf: [ref("Row"), ref("NamedRow"), ...(cells.length === 1 ? cells : [])] });
  return {
    instances,
    tensors: {
      anyOf: [
        instances,
        {
          ...objectOf(features.map(({ name, schema }) => [name, rowsOf(entry([schema]))])),
          description: "By column, all of the same length.",
        },
        {
          ...objectOf(
            inputs.map((input) => [input.name, rowsOf(entry(featuresOf(input).map(({ schema }) => schema)))]),
          ),
          description: "By input, all of the same length.",
        },
      ],
    },
    dataframe_split: {
      type: "object",
      required: ["columns", "data"],
      additionalProperties: false,
      properties: {
        columns: {
          type: "array",
          items: { enum: names },
          uniqueItems: true,
          minItems: names.length,
          maxItems: names.length,
        },
        data: rowsOf({
          ...nested({ anyOf: cells }, [names.length]),
          description: "A row: its values in the order of `columns`.",
        }),
        index: { description: "Is passed over." },
      },
    },
    dataframe_records: rowsOf(ref("NamedRow")),
  };
}

/** What stands for a row: the list of its values, or its only value. */
function entry(cells: readonly Schema[]): Schema {
  return cells.length === 1 ? { anyOf: [...cells, tuple(cells)] } : tuple(cells);
}

function tensorForms({ inputs, task }: ServedContract): Forms {
  const whole = ({ datatype, shape, columns }: TensorSpec): Schema => {
    const lists = nested(givenCell(datatype), shape);
    if (shape[0] !== -1) return lists;
    const inRows = columns !== undefined || task !== "raw";
    return { ...lists, minItems: 1, ...(inRows && { maxItems: MAX_ROWS }) };
  };
  const only = inputs.length === 1 ? inputs.map(whole) : [];
  const rowByRow = inputs.map(
    ({ name, datatype, shape }) => [name, nested(givenCell(datatype), shape.slice(1))] as const,
  );
  return {
    instances: oneOf([...only, rowsOf(objectOf(rowByRow))]),
    tensors: oneOf([...only, objectOf(inputs.map((input) => [input.name, whole(input)]))]),
  };
}
