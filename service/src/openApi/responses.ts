/** The answers of an operation, as OpenAPI has them. Pure. */

import { TIMEOUT_HEADER } from "../http/requestTimeout.ts";
import { PROBLEM_MEDIA_TYPE, type ProblemType, problem } from "../problems/requestError.ts";
import type { Schema } from "./cellSchemas.ts";

export type Responses = Readonly<Record<string, unknown>>;

/** What Node.js's parser refuses, on any path; and what no path should ever give. */
const EVERYWHERE: readonly ProblemType[] = ["bad-request", "timeout", "headers-too-large", "internal"];

/** What each answer of 503 has beside the rest. */
const RETRY_AFTER = { "Retry-After": { $ref: "#/components/headers/Retry-After" } };
const IDENTITY = {
  "Slipway-Release": { $ref: "#/components/headers/Slipway-Release" },
  "Slipway-Model": { $ref: "#/components/headers/Slipway-Model" },
  "X-Request-Id": { $ref: "#/components/headers/X-Request-Id" },
};

export const HEADERS = {
  "Slipway-Release": {
    description: "The release that gave this answer.",
    required: true,
    schema: { type: "string" },
  },
  "Slipway-Model": {
    description: "The model that gave this answer, and its version.",
    required: true,
    schema: { type: "string" },
  },
  "X-Request-Id": {
    description:
      "What this request is called in the service's log: as the caller called it, or a name made up for it.",
    schema: { type: "string" },
  },
  "Retry-After": {
    description:
      "Seconds after which another try may find the service, or the pod beside it, able to answer.",
    required: true,
    schema: { type: "string", pattern: "^[0-9]+$" },
  },
};

export const FIELD_PROBLEMS: Schema = {
  type: "array",
  items: {
    type: "object",
    required: ["pointer", "detail"],
    properties: {
      pointer: { type: "string", description: "JSON pointer (RFC 6901) into the request's body." },
      detail: { type: "string" },
    },
  },
};

/** RFC 9457. */
export const PROBLEM: Schema = {
  type: "object",
  description: "What is wrong with a request, or with the service (RFC 9457).",
  required: ["type", "title", "status", "detail", "errors"],
  properties: {
    type: { type: "string", pattern: "^urn:slipway:problem:" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string", description: "What happened, with the value." },
    instance: { type: "string", description: "This occurrence, to find it in the service's log." },
    errors: {
      ...FIELD_PROBLEMS,
      description: "The values at fault; empty where no single value of the body is.",
    },
  },
};

/** The protocol's clients look for `error`. */
export const INFERENCE_PROBLEM: Schema = {
  allOf: [
    { $ref: "#/components/schemas/Problem" },
    {
      type: "object",
      required: ["error"],
      properties: { error: { type: "string", description: "The same as detail." } },
    },
  ],
};

/** The parameter of every operation that has the model answer. */
export const TIMEOUT = { $ref: `#/components/parameters/${TIMEOUT_HEADER}` };

export const TIMEOUT_PARAMETER = {
  [TIMEOUT_HEADER]: {
    name: TIMEOUT_HEADER,
    in: "header",
    required: false,
    description:
      "Milliseconds after which the answer is of no use, from when the headers are here. It shortens the service's own limit, and a request that is late is answered with 504.",
    schema: { type: "string", pattern: "^[1-9][0-9]{0,8}$" },
  },
};

/** An answer that is a success. @param content By media type. */
export function success(description: string, content: Readonly<Record<string, unknown>>, headers = {}) {
  return { description, headers: { ...IDENTITY, ...headers }, content };
}

/** The answers that are problems, by status; those that every path may give are added. */
export function problems(types: readonly ProblemType[], schema: "Problem" | "InferenceProblem"): Responses {
  const byStatus = new Map<number, string[]>();
  for (const type of [...types, ...EVERYWHERE]) {
    const { status, title } = problem(type, "");
    byStatus.set(status, [...(byStatus.get(status) ?? []), title]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, titles]) => [
      String(status),
      {
        description: `${titles.join("; or: ")}.`,
        headers: { ...IDENTITY, ...(status === 503 ? RETRY_AFTER : {}) },
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: `#/components/schemas/${schema}` } } },
      },
    ]),
  );
}
