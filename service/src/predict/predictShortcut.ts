/** Answers the usual `POST /predict` without Koa and the router, which take a third of the time of an answer. */
import { Buffer } from "node:buffer";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { performance } from "node:perf_hooks";
import type { Predictor } from "../engine/predictor.ts";
import { parseJson } from "../http/jsonBody.ts";
import { problemBody } from "../http/problemDetails.ts";
import { handedOver, type Request } from "../http/request.ts";
import { takeRequestBytes } from "../http/requestBytes.ts";
import { requestIdOf } from "../http/requestId.ts";
import { runOptionsOf } from "../http/requestTimeout.ts";
import { PROBLEM_MEDIA_TYPE, RequestError } from "../problems/requestError.ts";
import type { ServiceState } from "../processes/state.ts";
import type { Metrics } from "../telemetry/serviceMetrics.ts";
import type { PredictJson } from "./predictJson.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const NONE: readonly string[] = [];

/** @param app Takes all unusual requests, and the ones that fail for another reason than 503. */
export function predictShortcut(
  app: RequestListener,
  {
    admit,
    answer,
    releaseHeaders,
    timeoutMs,
    state,
    metrics,
  }: {
    readonly admit: Predictor["admit"];
    readonly answer: PredictJson;
    /** Headers of every answer. */
    readonly releaseHeaders: Readonly<Record<string, string>>;
    readonly timeoutMs: number;
    readonly state: ServiceState;
    readonly metrics: Pick<Metrics, "request" | "rejected"> | undefined;
  },
): RequestListener<typeof Request> {
  // Names and values in turn, which Node.js takes fastest. All answers share the list, since it is used at once.
  const named = [...Object.entries(releaseHeaders).flat(), "X-Request-Id"];
  const headers = [...named, "", "Content-Type", "", "Content-Length", ""];
  const [idAt, typeAt, lengthAt] = [named.length, named.length + 2, named.length + 4];

  // Callbacks, since async functions take longer at each step.
  function predict(req: Request, res: ServerResponse): void {
    const started = performance.now();
    const requestId = requestIdOf(req.headers);
    const send = (status: number, type: string, text: string, more: readonly string[] = NONE) => {
      const length = Buffer.byteLength(text);
      headers[idAt] = requestId;
      headers[typeAt] = type;
      headers[lengthAt] = String(length);
      const last = state.phase === "draining" ? [...more, "Connection", "close"] : more;
      res.writeHead(status, last.length === 0 ? headers : [...headers, ...last]);
      // ASCII is the same in both, and Node.js writes latin1 faster.
      res.end(text, length === text.length ? "latin1" : "utf8");
      metrics?.request("/predict", "POST", status, (performance.now() - started) / 1000);
    };
    const answered = (text: string) => send(200, JSON_TYPE, text);
    const failed = (error: unknown) => {
      if (error instanceof RequestError && error.problem.status === 503) {
        const { problem, headers: own, rejection } = error;
        if (rejection) metrics?.rejected(rejection);
        send(
          503,
          PROBLEM_MEDIA_TYPE,
          JSON.stringify(problemBody(problem, requestId, "/predict")),
          Object.entries(own).flat(),
        );
        return;
      }
      handedOver.set(req, { error, started });
      app(req, res);
    };
    const ask = (bytes: Buffer) => {
      try {
        const options = runOptionsOf(req, res, requestId, started, timeoutMs);
        admit(options);
        answer(parseJson(bytes), options).then(answered, failed);
      } catch (error) {
        failed(error);
      }
    };
    takeRequestBytes(req, ask, failed);
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
