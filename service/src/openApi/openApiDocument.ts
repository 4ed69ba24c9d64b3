/** The service's OpenAPI 3.1 document, made from the contract. Pure. */
import type { ServedContract } from "../../../contract/index.ts";
import type { GoldenRequest } from "../golden/goldenRequest.ts";
import type { Schema } from "./cellSchemas.ts";
import { examples } from "./examples.ts";
import {
  INFERENCE_HEADERS,
  INFERENCE_PARAMETERS,
  inferenceExamples,
  inferencePaths,
  inferenceSchemas,
} from "./inferenceOperations.ts";
import { predictOperation, predictSchemas } from "./predictOperation.ts";
import { HEADERS, INFERENCE_PROBLEM, PROBLEM, problems, success, TIMEOUT_PARAMETER } from "./responses.ts";
import { SCORING_TAGS, scoringExamples, scoringPaths, scoringSchemas } from "./scoringOperations.ts";

export interface Documented {
  readonly contract: ServedContract;
  readonly release: string;
  /** Its first rows are the examples; without one they are made from the contract's limits. */
  readonly golden?: GoldenRequest | undefined;
  /** What `/docs/{file}` gives. */
  readonly pageFiles: Readonly<Record<string, { readonly type: string }>>;
}

/** Every operation that the port for callers has, and no other. */
export function openApiDocument({ contract, release, golden, pageFiles }: Documented): object {
  const { name, version, description = "" } = contract;
  const example = examples(contract, golden);
  return {
    openapi: "3.1.0",
    info: {
      title: name,
      version,
      summary: `Release ${release}`,
      description: [description, ABOUT].filter(Boolean).join("\n\n"),
    },
    // Relative to this document, so that it also holds behind a proxy that puts a path in front.
    servers: [{ url: ".", description: "where this document is" }],
    tags: [
      { name: "Prediction" },
      { name: "Open Inference Protocol V2" },
      ...SCORING_TAGS,
      { name: "About" },
    ],
    paths: {
      "/predict": { post: predictOperation(contract, release, example) },
      ...inferencePaths(contract, example),
      ...scoringPaths(contract, example),
      "/": {
        get: about("identity", "Which model and release answer here", {
          "application/json": { schema: IDENTITY, example: { status: "ok", model: name, version, release } },
        }),
      },
      "/openapi.json": {
        get: about("openApi", "This document", { "application/json": { schema: { type: "object" } } }, true),
      },
      "/docs": {
        get: about("docs", "A page to read this document and try it", { "text/html": {} }, true),
      },
      "/docs/{file}": {
        parameters: [{ name: "file", in: "path", required: true, schema: { enum: Object.keys(pageFiles) } }],
        get: about(
          "docsFile",
          "What that page loads",
          Object.fromEntries(Object.values(pageFiles).map(({ type }) => [type, {}])),
          true,
        ),
      },
    },
    components: {
      schemas: {
        ...predictSchemas(contract),
        ...inferenceSchemas(contract),
        ...scoringSchemas(contract),
        Problem: PROBLEM,
        InferenceProblem: INFERENCE_PROBLEM,
      },
      headers: { ...HEADERS, ...INFERENCE_HEADERS },
      parameters: { ...TIMEOUT_PARAMETER, ...INFERENCE_PARAMETERS },
      examples: { ...inferenceExamples(example), ...scoringExamples(example) },
    },
  };
}

const ABOUT =
  "Every answer names the release and the model that gave it in its headers `Slipway-Release` and `Slipway-Model`, " +
  "and the request by `X-Request-Id`, which the caller may choose. " +
  "What is not answered is a problem (RFC 9457) that names the values at fault; a path that does not take a method says so with 405 and `Allow`.";

const IDENTITY: Schema = {
  type: "object",
  required: ["status", "model", "version", "release"],
  properties: {
    status: { const: "ok" },
    model: { type: "string" },
    version: { type: "string" },
    release: { type: "string" },
  },
};

/** @param kept Callers keep it, and ask whether it has changed. */
function about(
  operationId: string,
  summary: string,
  content: Readonly<Record<string, unknown>>,
  kept = false,
) {
  return {
    operationId,
    tags: ["About"],
    summary,
    responses: {
      200: success("Here it is.", content, kept ? { ETag: { schema: { type: "string" } } } : {}),
      ...(kept && { 304: { description: "It is as it was." } }),
      ...problems(operationId === "docsFile" ? ["not-found"] : [], "Problem"),
    },
  };
}
