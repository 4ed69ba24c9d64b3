/** `POST /predict` as nearly all callers send it, past Koa and the router, which take a third of the time of an answer. */
import { Buffer } from "node:buffer";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { Answerer } from "./answerer.ts";
import { parseJson } from "./jsonBody.ts";
import type { Metrics } from "./metrics.ts";
import type { Request } from "./request.ts";
import { takeRequestBytes } from "./requestBytes.ts";
import { requestIdOf } from "./requestId.ts";
import { runOptionsOf } from "./requestTimeout.ts";
import type { ServiceState } from "./state.ts";

/** Requests that failed here and that the app refuses, in the words and with the headers of all refusals. */
export const handedOver = new WeakMap<
  IncomingMessage,
  { readonly error: unknown; readonly started: number }
>();

/** @param app Takes all that is not as usual, and what fails. */
export function predictShortcut(
  app: RequestListener,
  {
    answer,
    identity,
    timeoutMs,
    state,
    metrics,
  }: {
    readonly answer: Answerer;
    /** Headers of every answer. */
    readonly identity: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
    readonly state: ServiceState;
    readonly metrics: Pick<Metrics, "request"> | undefined;
  },
): RequestListener<typeof Request> {
  // Names and values in turn: as Node.js takes them fastest, and at once, so that all answers can share them.
  const headers = [
    ...Object.entries(identity).flat(),
    "Content-Type",
    "application/json; charset=utf-8",
    "X-Request-Id",
    "",
    "Content-Length",
    "",
  ];

  // Callbacks rather than async functions, which take longer at each step.
  function predict(req: Request, res: ServerResponse): void {
    const started = performance.now();
    const handOver = (error: unknown) => {
      handedOver.set(req, { error, started });
      app(req, res);
    };
    const answered = (text: string) => {
      send(req, res, text);
      metrics?.request("/predict", "POST", 200, (performance.now() - started) / 1000);
    };
    const ask = (bytes: Buffer) => {
      try {
        answer(parseJson(bytes), runOptionsOf(req, res, started, timeoutMs)).then(answered, handOver);
      } catch (error) {
        handOver(error);
      }
    };
    takeRequestBytes(req, ask, handOver);
  }

  function send(req: IncomingMessage, res: ServerResponse, text: string): void {
    const length = Buffer.byteLength(text);
    headers[headers.length - 3] = requestIdOf(req.headers);
    headers[headers.length - 1] = String(length);
    res.writeHead(200, state.phase === "draining" ? [...headers, "Connection", "close"] : headers);
    // ASCII is both, and Node.js writes it faster as this.
    res.end(text, length === text.length ? "latin1" : "utf8");
  }

  return (req, res) => {
    if (isUsual(req)) predict(req, res);
    else app(req, res);
  };
}

function isUsual({ url, method, headers }: IncomingMessage): boolean {
  return (
    url === "/predict" &&
    method === "POST" &&
    headers["content-type"] === "application/json" &&
    Number(headers["content-length"]) > 0 &&
    headers["content-encoding"] === undefined
  );
}
