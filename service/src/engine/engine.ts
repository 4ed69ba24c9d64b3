/** Has the model answer many requests at once: those that wait run together, as far as the model allows. */
import { performance } from "node:perf_hooks";
import type { Tensors } from "../../../contract/index.ts";
import { type RequestError, unavailable } from "../problems/requestError.ts";
import { Admission } from "./admission.ts";
import type { Batch } from "./batch.ts";
import { Dispatcher } from "./dispatcher.ts";
import { PendingRequests } from "./pendingRequests.ts";
import type { Predictor, Runner, RunOptions, RunTimes } from "./predictor.ts";

/** What is measured of the queue and the runs. */
interface EngineMetrics {
  /** One run of the model, with the time that each of its requests had waited for it. */
  batch(rows: number, requests: number, queueSeconds: readonly number[], runSeconds: number): void;
  /** `waiting` gives the requests in the queue now. */
  setQueue(waiting: () => number): void;
}

export interface EngineOptions {
  /** How requests share runs; undefined for a model that takes one request at a time. */
  readonly batching:
    | {
        /** Rows of one run, at most. */
        readonly maxRows: number;
        /** Whether some dimension other than the first is any size, so that requests differ in it. */
        readonly dynamicShapes: boolean;
      }
    | undefined;
  /** How long a full run takes, as measured. Every run corrects it. */
  readonly runMs: number;
  /** How much may wait at most. A request that comes when nothing waits is taken, whatever its rows. */
  readonly queueRows: number;
  readonly queueRequests: number;
  /** For a request without a deadline. */
  readonly timeoutMs: number;
  readonly metrics?: EngineMetrics | undefined;
}

export interface Engine extends Predictor {
  /** Adds a runner, which gets work from now on. */
  attach(runner: Runner): void;
  /** Gives it no more work. */
  detach(runner: Runner): void;
}

export function createEngine(options: EngineOptions): Engine {
  const { batching, metrics } = options;
  const admission = new Admission({ ...options, maxRows: batching?.maxRows ?? 1 });
  const pending: PendingRequests = new PendingRequests(() => dispatcher.requestsInRuns(), closeIfDone);
  const dispatcher = new Dispatcher({
    pending,
    maxRows: batching?.maxRows,
    onRun: note,
    onIdle: closeIfDone,
  });
  const { queue } = pending;
  let closing: Promise<void> | undefined;
  let closed: (() => void) | undefined;
  metrics?.setQueue(() => queue.requests);

  function run(
    inputs: Tensors,
    outputs: readonly string[],
    own: RunOptions = {},
    times?: RunTimes,
  ): Promise<Tensors> {
    const now = performance.now();
    const rows = batching ? rowsOf(inputs) : 1;
    const deadline = deadlineOf(own, now);
    return new Promise((resolve, reject) => {
      const refusal = refusalFor(rows, deadline - now);
      if (refusal) return reject(refusal);
      if (times) times.queuedAt = now;
      pending.add({
        inputs,
        outputs,
        shape: batching?.dynamicShapes ? shapeOf(inputs) : "",
        rows,
        taken: 0,
        settled: false,
        deadline,
        queuedAt: now,
        cancelled: own.cancelled,
        times,
        whole: undefined,
        answered: 0,
        resolve,
        reject,
      });
      dispatcher.schedule();
    });
  }

  /** The request is taken to be like those that wait. */
  function admit(own: RunOptions): void {
    const now = performance.now();
    const refusal = refusalFor(queue.rows / queue.requests, deadlineOf(own, now) - now);
    if (refusal) throw refusal;
  }

  const deadlineOf = (own: RunOptions, now: number) => own.deadline ?? now + options.timeoutMs;

  const refusalFor = (rows: number, leftMs: number) =>
    closing ? shuttingDown() : admission.refusal(queue, rows, leftMs, dispatcher.runners);

  function note(batch: Batch, rows: number, startedAt: number, endedAt: number): void {
    const tookMs = endedAt - startedAt;
    admission.learn(rows, tookMs);
    for (const { request } of batch) {
      const { times } = request;
      if (!times) continue;
      times.startedAt ??= startedAt;
      times.endedAt = endedAt;
    }
    const first = batch.filter(({ from }) => from === 0);
    const waited = first.map(({ request }) => (startedAt - request.queuedAt) / 1000);
    metrics?.batch(rows, batch.length, waited, tookMs / 1000);
  }

  /** A run can outlast the requests that it was for, and the model must not be freed under it. */
  function closeIfDone(): void {
    if (pending.count === 0 && dispatcher.runsUnderWay === 0) closed?.();
  }

  return {
    run,
    admit,
    attach: (runner) => dispatcher.attach(runner),
    detach: (runner) => dispatcher.detach(runner),
    close() {
      closing ??= new Promise((resolve) => {
        closed = resolve;
        closeIfDone();
      });
      return closing;
    },
  };
}

function shuttingDown(): RequestError {
  return unavailable("This instance is shutting down; another one answers.");
}

/** All inputs of a model whose requests share runs have the same number. */
function rowsOf(inputs: Tensors): number {
  const [first] = inputs.values();
  return first!.shape[0]!;
}

/** All but the number of rows. */
function shapeOf(inputs: Tensors): string {
  return JSON.stringify([...inputs].map(([name, { shape }]) => [name, shape.slice(1)]));
}
