/** Callers that send requests to a service and note each answer. */
import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

export interface Answer {
  /** 0 for no answer. */
  readonly status: number;
  /** Why there is no answer. */
  readonly problem?: string;
  /** Whether no connection was made, so that nothing was sent. */
  readonly refused: boolean;
  /** When it was sent, in milliseconds of `performance.now()`. */
  readonly at: number;
  readonly milliseconds: number;
  readonly headers: IncomingHttpHeaders;
  /** The body, unless the status is 200: those are too many to keep. */
  readonly body: string;
}

export interface Question {
  readonly port: number;
  /** Unset: a prediction. */
  readonly path?: string;
  /** Unset: GET for another path, and one row for a prediction. */
  readonly body?: string;
  /** Unset: a connection for this request alone. */
  readonly agent?: Agent;
}

const ROW = JSON.stringify({ features: [50_000, 35, 720] });
/** Connections: more than requests may wait, but fewer than the service takes, like a proxy in front of it. */
export const SOCKETS = 480;

/** A prediction for this many rows. With many, the service is the bottleneck and not the caller. */
export const bodyOf = (rows: number) =>
  JSON.stringify({ features: Array.from({ length: rows }, (_, i) => [50_000 + i, 35, 720]) });

/** Milliseconds. */
const PATIENCE = 15_000;

/** Sends one request. Never rejects. */
export function ask({ port, path = "/predict", body, agent }: Question): Promise<Answer> {
  const sent = body ?? (path === "/predict" ? ROW : undefined);
  const at = performance.now();
  const told = (rest: Partial<Answer>): Answer => {
    const milliseconds = performance.now() - at;
    return { status: 0, refused: false, headers: {}, body: "", at, milliseconds, ...rest };
  };
  return new Promise((resolve) => {
    const asked = request({
      host: "127.0.0.1",
      port,
      path,
      agent: agent ?? false,
      method: sent === undefined ? "GET" : "POST",
      headers:
        sent === undefined
          ? {}
          : { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(sent) },
    });
    const failed = (error: NodeJS.ErrnoException) =>
      resolve(told({ problem: error.message, refused: error.code === "ECONNREFUSED" }));
    asked.setTimeout(PATIENCE, () => asked.destroy(new Error(`no answer within ${PATIENCE} ms`)));
    asked.on("error", failed);
    asked.on("response", (response: IncomingMessage) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then(
        (body) => resolve(told({ status, headers, body: status === 200 ? "" : body })),
        failed,
      );
    });
    asked.end(sent);
  });
}

interface Loop {
  /** Sends no more requests, and waits for those under way. */
  readonly until: AbortSignal;
  /** Gets every answer. */
  take(answer: Answer): void;
}

/** This many callers. Each sends the next request once it has its answer: as many as the service takes. */
export async function closedLoop(
  question: Question,
  { callers, until, take, pauseMs = 0 }: Loop & { callers: number; pauseMs?: number },
): Promise<void> {
  const call = async () => {
    while (!until.aborted) {
      const answer = await ask(question);
      take(answer);
      // If nothing listens, this process would otherwise do nothing but ask.
      if (pauseMs > 0 || answer.status === 0) await sleep(Math.max(pauseMs, answer.status === 0 ? 10 : 0));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
}

/** Sends requests at this rate, whatever the answers are. */
export async function openLoop(
  question: Question,
  { perSecond, until, take }: Loop & { perSecond: number },
): Promise<void> {
  const started = performance.now();
  const open = new Set<Promise<void>>();
  let sent = 0;
  const askAndTake = async () => take(await ask(question));
  while (!until.aborted) {
    for (const due = ((performance.now() - started) / 1000) * perSecond; sent < due; sent++) {
      const one = askAndTake();
      open.add(one);
      void one.then(() => open.delete(one));
    }
    await sleep(Math.min(10, 1000 / perSecond));
  }
  await Promise.all(open);
}

/** The quantile `q` of the values, or NaN if there are none. */
export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? NaN;
}

export const p99 = (answers: readonly Answer[]): number =>
  quantile(
    answers.map(({ milliseconds }) => milliseconds),
    0.99,
  );
