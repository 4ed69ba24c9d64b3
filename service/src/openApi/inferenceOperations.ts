/** The Open Inference Protocol V2 as OpenAPI has it, for this model's own tensors. Pure. */
import type { ServedContract, TensorSpec } from "../../../contract/index.ts";
import { MAX_ROWS } from "../input/inputs.ts";
import type { ProblemType } from "../problems/requestError.ts";
import { answeredCell, givenCell, nested, oneOf, type Schema, tuple } from "./cellSchemas.ts";
import type { Examples } from "./examples.ts";
import { OF_A_RUN } from "./predictOperation.ts";
import { problems, success, TIMEOUT } from "./responses.ts";

const BINARY = "application/octet-stream";
const JSON_LENGTH = "Inference-Header-Content-Length";

const EXAMPLE = "Infer";

const tags = ["Open Inference Protocol V2"];
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Schema) => ({ "application/json": { schema } });

/** The operations by path and method. */
export function inferencePaths(
  { name, version }: ServedContract,
  { infer }: Examples,
): Record<string, unknown> {
  const model = { name: "name", in: "path", required: true, schema: { enum: [name] } };
  const modelVersion = { name: "version", in: "path", required: true, schema: { enum: [version] } };
  /** The same for a model and for one version of it. */
  const ofModel = (suffix: string, operation: (of: "Model" | "ModelVersion") => Record<string, unknown>) => ({
    [`/v2/models/{name}${suffix}`]: { parameters: [model], ...operation("Model") },
    [`/v2/models/{name}/versions/{version}${suffix}`]: {
      parameters: [model, modelVersion],
      ...operation("ModelVersion"),
    },
  });
  return {
    "/v2": get(
      "serverMetadata",
      "Which server this is",
      success("Its name, version and extensions.", json(SERVER)),
      [],
    ),
    "/v2/health/live": get(
      "serverLive",
      "Whether the process answers",
      success("It does.", json(flags("live"))),
      [],
    ),
    "/v2/health/ready": get(
      "serverReady",
      "Whether requests are taken",
      success("They are.", json(flags("ready"))),
      ["unavailable"],
    ),
    ...ofModel("", (of) =>
      get(
        `metadataOf${of}`,
        "Its inputs and outputs",
        success("Names, datatypes and shapes; -1 is any size.", json(ref("ModelMetadata"))),
        ["not-found"],
      ),
    ),
    ...ofModel("/ready", (of) =>
      get(
        `readinessOf${of}`,
        "Whether it takes requests",
        success("It does.", json({ ...flags("ready"), required: ["name", "ready"] })),
        ["not-found", "unavailable"],
      ),
    ),
    ...ofModel("/config", (of) =>
      get(
        `configOf${of}`,
        "Its configuration, as Triton has it",
        success("`dims` are those of a row, if `max_batch_size` is not 0.", json(ref("ModelConfig"))),
        ["not-found"],
      ),
    ),
    ...ofModel("/stats", (of) =>
      get(
        `statisticsOf${of}`,
        "What this pod has answered since its start, as Triton has it",
        success("Counts, and nanoseconds in all.", json(ref("ModelStatistics"))),
        ["not-found"],
      ),
    ),
    "/v2/repository/index": {
      post: {
        operationId: "repositoryIndex",
        tags,
        summary: "The models that are here, as Triton has it",
        requestBody: {
          required: false,
          content: json({
            type: "object",
            properties: { ready: { type: "boolean", description: "Only those that are ready." } },
          }),
        },
        responses: {
          200: success("The one model.", json(INDEX)),
          ...problems(
            ["not-json", "too-large", "unsupported-media-type", "invalid-input"],
            "InferenceProblem",
          ),
        },
      },
    },
    ...ofModel("/infer", (of) => ({
      post: {
        operationId: `inferWith${of}`,
        tags,
        summary: "Tensors in, tensors out",
        description: INFER,
        parameters: [TIMEOUT, { $ref: `#/components/parameters/${JSON_LENGTH}` }],
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: ref("InferRequest"),
              ...(infer !== undefined && {
                examples: { works: { $ref: `#/components/examples/${EXAMPLE}` } },
              }),
            },
            [BINARY]: {},
          },
        },
        responses: {
          200: success(
            "The outputs that were asked for, or all.",
            { ...json(ref("InferResponse")), [BINARY]: {} },
            { [JSON_LENGTH]: { $ref: `#/components/headers/${JSON_LENGTH}` } },
          ),
          ...problems([...OF_A_RUN, "not-found"], "InferenceProblem"),
        },
      },
    })),
  };
}

function get(operationId: string, summary: string, answer: unknown, refused: readonly ProblemType[]) {
  return {
    get: {
      operationId,
      tags,
      summary,
      responses: { 200: answer, ...problems(refused, "InferenceProblem") },
    },
  };
}

const INFER = `Each input's \`data\` is row-major, flat or nested as its \`shape\` says, and the shape's first number is that of the rows.

With the binary extension, tensors follow the JSON as bytes, little-endian and in the order of the inputs that have the parameter \`binary_data_size\` in place of \`data\`: the body is then \`${BINARY}\`, and the header \`${JSON_LENGTH}\` says how many bytes the JSON has. The parameter \`binary_data_output\` of the request, or \`binary_data\` of an output, asks for an answer of that kind.`;

/** Empty: the body is nothing but JSON. */
const LENGTH: Schema = { type: "string", pattern: "^[0-9]{0,15}$" };

export const INFERENCE_PARAMETERS = {
  [JSON_LENGTH]: {
    name: JSON_LENGTH,
    in: "header",
    required: false,
    description: `How many bytes the JSON at the start of the body has; with a body of \`${BINARY}\`.`,
    schema: LENGTH,
  },
};

/** One for both operations: of an image it is long. */
export function inferenceExamples({ infer }: Examples): Readonly<Record<string, unknown>> {
  return infer === undefined ? {} : { [EXAMPLE]: { summary: "A request that works", value: infer } };
}

export const INFERENCE_HEADERS = {
  [JSON_LENGTH]: {
    description: "How many bytes the JSON at the start of a binary answer has.",
    schema: LENGTH,
  },
};

const SERVER: Schema = {
  type: "object",
  required: ["name", "version", "extensions"],
  properties: {
    name: { type: "string" },
    version: { type: "string" },
    extensions: { type: "array", items: { type: "string" } },
  },
};

function flags(flag: string): Schema {
  return {
    type: "object",
    required: [flag],
    properties: { [flag]: { const: true }, name: { type: "string" } },
  };
}

const SHAPE = nested({ type: "integer" }, [-1]);
const SPECS: Schema = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "datatype", "shape"],
    properties: { name: { type: "string" }, datatype: { type: "string" }, shape: SHAPE },
  },
};
const METADATA: Schema = {
  type: "object",
  required: ["name", "platform", "inputs", "outputs"],
  properties: {
    name: { type: "string" },
    versions: { type: "array", items: { type: "string" } },
    platform: { type: "string" },
    inputs: SPECS,
    outputs: SPECS,
  },
};

const INDEX: Schema = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "version", "state", "reason"],
    properties: {
      name: { type: "string" },
      version: { type: "string" },
      state: { enum: ["READY", "UNAVAILABLE"] },
      reason: { type: "string" },
    },
  },
};

const CONFIGURED: Schema = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "data_type", "dims"],
    properties: {
      name: { type: "string" },
      data_type: { type: "string", pattern: "^TYPE_" },
      dims: SHAPE,
      reshape: { type: "object", required: ["shape"], properties: { shape: SHAPE } },
    },
  },
};
const CONFIG: Schema = {
  type: "object",
  required: ["name", "platform", "backend", "max_batch_size", "input", "output"],
  properties: {
    name: { type: "string" },
    platform: { type: "string" },
    backend: { type: "string" },
    max_batch_size: { type: "integer", description: "Rows of one request, at most; 0 if it has no rows." },
    input: CONFIGURED,
    output: CONFIGURED,
  },
};

const COUNT: Schema = { type: "integer", minimum: 0 };

function durations(described: Readonly<Record<string, string>>): Schema {
  return {
    type: "object",
    required: Object.keys(described),
    properties: Object.fromEntries(
      Object.entries(described).map(([name, description]) => [
        name,
        {
          type: "object",
          description,
          required: ["count", "ns"],
          properties: { count: COUNT, ns: COUNT },
        },
      ]),
    ),
  };
}

const STATISTICS: Schema = {
  type: "object",
  required: ["model_stats"],
  properties: {
    model_stats: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "version", "inference_count", "execution_count", "inference_stats"],
        properties: {
          name: { type: "string" },
          version: { type: "string" },
          last_inference: {
            ...COUNT,
            description:
              "When the last run of the model ended, in milliseconds since 1970; absent before the first.",
          },
          inference_count: { ...COUNT, description: "Rows." },
          execution_count: { ...COUNT, description: "Runs of the model." },
          inference_stats: durations({
            success: "Requests with an answer, and what they took in all.",
            fail: "Requests that the service failed or refused (5xx).",
            queue: "What requests waited for their run.",
            compute_infer: "Runs of the model.",
          }),
        },
      },
    },
  },
};

/** The schemas that the operations refer to. */
export function inferenceSchemas(contract: ServedContract): Readonly<Record<string, Schema>> {
  const { inputs, outputs } = contract;
  const names = outputs.map(({ name }) => name);
  return {
    ModelMetadata: METADATA,
    ModelConfig: CONFIG,
    ModelStatistics: STATISTICS,
    InferRequest: {
      type: "object",
      required: ["inputs"],
      properties: {
        id: { type: "string", description: "Comes back with the answer." },
        parameters: parameters({ binary_data_output: { type: "boolean" } }),
        inputs: {
          type: "array",
          description:
            inputs.length === 1 ? "The model's input." : "Each input of the model once, in any order.",
          minItems: inputs.length,
          maxItems: inputs.length,
          items: oneOf(inputs.map((input) => inputSchema(input, contract))),
        },
        outputs: {
          type: "array",
          description: "The outputs wanted, each once; all where there are none.",
          maxItems: names.length,
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: { enum: names },
              parameters: parameters({ binary_data: { type: "boolean" } }),
            },
          },
        },
      },
    },
    InferResponse: {
      type: "object",
      required: ["model_name", "model_version", "outputs"],
      properties: {
        model_name: { const: contract.name },
        model_version: { const: contract.version },
        id: { type: "string" },
        outputs: {
          type: "array",
          items: oneOf(
            outputs.map(({ name, datatype }) => ({
              type: "object",
              required: ["name", "datatype", "shape", "data"],
              properties: {
                name: { const: name },
                datatype: { const: datatype },
                shape: SHAPE,
                data: { type: "array", items: answeredCell(datatype) },
              },
            })),
          ),
        },
      },
    },
  };
}

function inputSchema(
  { name, datatype, shape, columns, outOfRange }: TensorSpec,
  { task }: ServedContract,
): Schema {
  const inRows = shape[0] === -1 && (columns !== undefined || task !== "raw");
  const cell = givenCell(datatype);
  const ofAny = { type: "integer", minimum: 1 };
  return {
    type: "object",
    required: ["name", "datatype", "shape", "data"],
    properties: {
      name: { const: name },
      datatype: { const: datatype },
      shape: tuple(
        shape.map((size, i) =>
          size === -1 ? (i === 0 && inRows ? { ...ofAny, maximum: MAX_ROWS } : ofAny) : { const: size },
        ),
      ),
      data: {
        anyOf: [
          { ...nested(cell, [-1]), description: "Row after row." },
          columns && shape.length === 2
            ? nested(tuple(columns.map((column) => givenCell(datatype, column, outOfRange))), [-1])
            : nested(cell, shape),
        ],
      },
      parameters: parameters({ binary_data_size: false }),
    },
  };
}

/** @param known Parameters that the service understands. It ignores others. */
function parameters(known: Readonly<Record<string, unknown>>): Schema {
  return {
    type: "object",
    properties: known,
    patternProperties: { "^(classification|shared_memory_)": false },
    additionalProperties: { type: ["string", "number", "boolean"] },
  };
}
