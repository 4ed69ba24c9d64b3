/**
 * The process that asks, started with an IPC channel: it takes a `Load` at a time and sends back an `Outcome`. A
 * closed loop: each connection waits for its answer before it asks again.
 */
import { performance } from "node:perf_hooks";
import { type Answer, keepAsking } from "./connection.ts";
import { Latencies } from "./latencies.ts";

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  /** Not measured, and before what is. */
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface Outcome {
  /** With the warm-up. */
  readonly allAnswers: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** The share of the time in which this process had something to do: near 1, it is the limit and not the server. */
  readonly busy: number;
  /** Each connection's first and last answer. */
  readonly answers: readonly Pick<Answer, "request" | "body">[];
  /** What went wrong, connection by connection. */
  readonly problems: readonly string[];
}

process.on("message", (load: Load) => void run(load).then((outcome) => process.send!(outcome)));

async function run({ port, path, bodies, connections, warmUpSeconds, seconds }: Load): Promise<Outcome> {
  const requests = bodies.map((body) =>
    Buffer.from(
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
        `Accept: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  const from = performance.now() + warmUpSeconds * 1000;
  const until = from + seconds * 1000;
  const latencies = new Latencies();
  const answers: Outcome["answers"][number][] = [];
  const problems: string[] = [];
  let allAnswers = 0;
  let idle = performance.eventLoopUtilization();
  setTimeout(() => {
    idle = performance.eventLoopUtilization();
  }, warmUpSeconds * 1000);

  const one = (first: number) =>
    new Promise<void>((resolve) => {
      let seen = false;
      keepAsking({
        port,
        requests,
        first: first % requests.length,
        answered({ request, milliseconds, status, body }) {
          const now = performance.now();
          allAnswers += 1;
          if (now >= from && now < until) latencies.add(milliseconds);
          if (status !== 200) problems.push(`${status}: ${body}`);
          const more = status === 200 && now < until;
          if (!seen || !more) answers.push({ request, body });
          seen = true;
          return more;
        },
        ended(problem) {
          if (problem) problems.push(problem);
          resolve();
        },
      });
    });
  await Promise.all(Array.from({ length: connections }, (_, index) => one(index)));
  return {
    allAnswers,
    perSecond: latencies.count / seconds,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
    busy: performance.eventLoopUtilization(idle).utilization,
    answers,
    problems,
  };
}
