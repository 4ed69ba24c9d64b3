/** The answers that are not a prediction: problem details as RFC 9457 has them, in one shape everywhere. */

/** One value of a request that is at fault. */
export interface FieldProblem {
  /** JSON pointer (RFC 6901) into the request's body. */
  readonly pointer: string;
  readonly detail: string;
}

const PROBLEMS = {
  "bad-request": { status: 400, title: "The request cannot be read" },
  "not-json": { status: 400, title: "The body is not JSON" },
  "not-found": { status: 404, title: "There is nothing at this path" },
  "method-not-allowed": { status: 405, title: "This path does not take this method" },
  timeout: { status: 408, title: "The request did not arrive in time" },
  "too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The body is not plain application/json" },
  "invalid-input": { status: 422, title: "The input does not fit the model" },
  // As nginx has it; nobody reads it.
  "caller-gone": { status: 499, title: "The caller has left" },
  "headers-too-large": { status: 431, title: "The request's headers are too large" },
  internal: { status: 500, title: "The service failed" },
  "invalid-output": { status: 500, title: "The model gave no usable answer" },
  unavailable: { status: 503, title: "The service cannot answer now" },
  late: { status: 504, title: "The answer was not there in time" },
} as const;

/** Why requests are refused, as the metric counts them. */
export const REJECTIONS = ["queue_full", "deadline", "invalid", "too_large"] as const;
export type Rejection = (typeof REJECTIONS)[number];

export type ProblemType = keyof typeof PROBLEMS;

export interface Problem {
  readonly type: `urn:slipway:problem:${ProblemType}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Empty if no single value of the body is at fault. */
  readonly errors: readonly FieldProblem[];
}

export const PROBLEM_MEDIA_TYPE = "application/problem+json";

export function problem(type: ProblemType, detail: string, errors: readonly FieldProblem[] = []): Problem {
  const { status, title } = PROBLEMS[type];
  return { type: `urn:slipway:problem:${type}`, title, status, detail, errors };
}

/** A request that gets a problem for an answer, by our decision. Anything else thrown is our mistake: 500. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
  /** What it counts as. */
  readonly rejection: Rejection | undefined;

  constructor(
    type: ProblemType,
    detail: string,
    more: {
      errors?: readonly FieldProblem[];
      headers?: Record<string, string>;
      rejection?: Rejection | undefined;
    } = {},
  ) {
    // Nobody reads the stack of a refusal, and to make it is a good part of what a refusal costs.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(detail);
    Error.stackTraceLimit = stackTraceLimit;
    this.problem = problem(type, detail, more.errors);
    this.headers = more.headers ?? {};
    this.rejection = more.rejection ?? REJECTION_OF[type];
  }
}

const REJECTION_OF: { readonly [type in ProblemType]?: Rejection } = {
  "not-json": "invalid",
  "unsupported-media-type": "invalid",
  "invalid-input": "invalid",
  "too-large": "too_large",
  late: "deadline",
};

/** @param retryAfterSeconds After which a caller may find the service, or the pod beside it, ready again. */
export function unavailable(
  detail: string,
  { retryAfterSeconds = 1, rejection }: { retryAfterSeconds?: number; rejection?: Rejection } = {},
): RequestError {
  return new RequestError("unavailable", detail, {
    headers: { "Retry-After": String(retryAfterSeconds) },
    rejection,
  });
}
