/** `POST /predict` as nearly all callers send it, past Koa and the router, which take a third of the time of an answer. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Answerer } from "./answerer.ts";
import { parseJson } from "./jsonBody.ts";
import type { Metrics } from "./metrics.ts";
import { readRequestBytes } from "./requestBytes.ts";
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
): RequestListener {
  const named = Object.entries(identity).flat();

  async function predict(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const started = performance.now();
    let text: string;
    try {
      const bytes = await readRequestBytes(req);
      text = await answer(parseJson(bytes), runOptionsOf(req, res, started, timeoutMs));
    } catch (error) {
      handedOver.set(req, { error, started });
      app(req, res);
      return;
    }
    // Names and values in turn: as Node.js takes them fastest.
    const headers = [
      ...named,
      "X-Request-Id",
      requestIdOf(req.headers),
      "Content-Type",
      "application/json; charset=utf-8",
      "Content-Length",
      String(Buffer.byteLength(text)),
    ];
    if (state.phase === "draining") headers.push("Connection", "close");
    res.writeHead(200, headers).end(text);
    metrics?.request("/predict", "POST", 200, (performance.now() - started) / 1000);
  }

  return (req, res) => {
    if (isUsual(req)) void predict(req, res);
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
