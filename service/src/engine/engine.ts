/** Has the model answer many requests at once: those that wait run together, as far as the model allows. */
import { performance } from "node:perf_hooks";
import type { Tensors } from "../../../contract/index.ts";
import { RequestError, unavailable } from "../problems/errors.ts";
import type { Predictor, Runner, RunOptions, RunTimes } from "./predictor.ts";
import { type Job, Queue, type Slice } from "./queue.ts";
import { cutRows, joinRows, putRows, roomFor } from "./rows.ts";

/** What is measured of the queue and the runs. */
export interface EngineMetrics {
  /** One run of the model, with the time that each of its requests had waited for it. */
  batch(rows: number, requests: number, queueSeconds: readonly number[], runSeconds: number): void;
  /** `waiting` gives the requests in the queue now. */
  setQueue(waiting: () => number): void;
}

export interface EngineOptions {
  /** How requests share runs; undefined for a model that takes one request at a time. */
  readonly joining:
    | {
        /** Rows of one run, at most. */
        readonly limit: number;
        /** Whether some dimension other than the first is any size, so that requests differ in it. */
        readonly shapes: boolean;
      }
    | undefined;
  /** What a full run takes, as measured. Corrected by every run. */
  readonly runMs: number;
  /** What may wait at most. A request that comes when nothing waits is taken, whatever its rows. */
  readonly queueRows: number;
  readonly queueRequests: number;
  /** For a request that names none. */
  readonly timeoutMs: number;
  readonly metrics?: EngineMetrics | undefined;
}

export interface Engine extends Predictor {
  /** Adds a runner, which gets work from now on. */
  attach(runner: Runner): void;
  /** Gives it no more work. */
  detach(runner: Runner): void;
}

interface Request extends Job {
  readonly inputs: Tensors;
  readonly outputs: readonly string[];
  readonly deadline: number;
  readonly queuedAt: number;
  readonly options: RunOptions;
  readonly times: RunTimes | undefined;
  /** Outputs of more rows than one run gave, as far as they are there. */
  whole: Tensors | undefined;
  answered: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/** How often it is looked for requests that are late or whose caller has left, in milliseconds. */
const SWEEP_MS = 10;
/**
 * What a request may be expected to wait, of the time that it has. A full queue would else be one in which all are
 * late as soon as the machine becomes a little slower.
 */
const MOST_OF_ITS_TIME = 0.5;
/** How much one run says about the next. */
const WEIGHT = 0.2;
const NOTHING: readonly never[] = [];

export function createEngine(options: EngineOptions): Engine {
  const { joining, metrics } = options;
  const queue = new Queue<Request>();
  /** What each runs now; nothing where it is idle. */
  const runners = new Map<Runner, readonly Slice<Request>[]>();
  const idle: Runner[] = [];
  /** Requests that have no answer yet. */
  let open = 0;
  let expectedMs = options.runMs;
  let scheduled = false;
  let sweeping = false;
  let running = 0;
  let closing: Promise<void> | undefined;
  let leave: (() => void) | undefined;
  metrics?.setQueue(() => queue.requests);

  function run(
    inputs: Tensors,
    outputs: readonly string[],
    own: RunOptions = {},
    times?: RunTimes,
  ): Promise<Tensors> {
    const now = performance.now();
    const rows = joining ? rowsOf(inputs) : 1;
    const deadline = deadlineOf(own, now);
    return new Promise((resolve, reject) => {
      const refusal = refusalFor(rows, deadline - now);
      if (refusal) return reject(refusal);
      if (times) times.queuedAt = now;
      const shape = joining?.shapes ? shapeOf(inputs) : "";
      open += 1;
      queue.add({
        inputs,
        outputs,
        shape,
        rows,
        taken: 0,
        settled: false,
        deadline,
        queuedAt: now,
        options: own,
        times,
        whole: undefined,
        answered: 0,
        resolve,
        reject,
      });
      schedule();
    });
  }

  /** The request is taken to be like those that wait. */
  function admit(own: RunOptions): void {
    const now = performance.now();
    const refusal = refusalFor(queue.rows / queue.requests, deadlineOf(own, now) - now);
    if (refusal) throw refusal;
  }

  const deadlineOf = (own: RunOptions, now: number) => own.deadline ?? now + options.timeoutMs;

  /** At once, so that the caller can go elsewhere, rather than late. */
  function refusalFor(rows: number, leftMs: number): RequestError | undefined {
    if (closing) return leaving();
    if (queue.requests === 0) return undefined;
    const { limit } = joining ?? { limit: 1 };
    const waitMs = (Math.ceil((queue.rows + rows) / limit) * expectedMs) / Math.max(1, runners.size);
    const full = queue.rows + rows > options.queueRows || queue.requests >= options.queueRequests;
    if (!full && waitMs <= MOST_OF_ITS_TIME * leftMs) return undefined;
    return unavailable(
      `Too many requests wait: ${queue.requests}, of ${queue.rows} rows. Another one would wait for about ${(waitMs / 1000).toFixed(1)} s.`,
      { retryAfterSeconds: Math.ceil(waitMs / 1000), rejection: "queue_full" },
    );
  }

  /** After what is readable now has been read, so that it can share the run; never later. */
  function schedule(): void {
    if (!sweeping) {
      sweeping = true;
      setTimeout(sweep, SWEEP_MS);
    }
    if (scheduled || idle.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      startRuns();
    });
  }

  function startRuns(): void {
    while (idle.length > 0) {
      const slices = queue.take(joining?.limit ?? 1);
      if (slices.length === 0) return;
      const now = performance.now();
      const wanted = slices.filter(({ job }) => !dropped(job, now));
      if (wanted.length > 0) void execute(idle.pop()!, wanted);
    }
  }

  async function execute(runner: Runner, slices: readonly Slice<Request>[]): Promise<void> {
    running += 1;
    runners.set(runner, slices);
    await answer(runner, slices);
    running -= 1;
    if (runners.has(runner)) {
      runners.set(runner, NOTHING);
      idle.push(runner);
    }
    schedule();
    leaveIfDone();
  }

  async function answer(runner: Runner, slices: readonly Slice<Request>[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const results = await runner.run(inputsOf(slices), outputsOf(slices));
      const endedAt = performance.now();
      const rows = rowsIn(slices);
      if (joining) refuseOtherRows(results, rows);
      note(slices, rows, startedAt, endedAt);
      give(slices, results);
    } catch (error) {
      if (slices.length === 1 || error instanceof RequestError)
        for (const { job } of slices) settle(job, () => job.reject(error));
      // What the model cannot take may be of one request, which must cost the others nothing.
      else
        for (const slice of slices) if (!dropped(slice.job, performance.now())) await answer(runner, [slice]);
    }
  }

  function note(slices: readonly Slice<Request>[], rows: number, startedAt: number, endedAt: number): void {
    const tookMs = endedAt - startedAt;
    // A small run that was quick says nothing about a full one, but that no estimate may stay too high for ever.
    const full = joining === undefined || rows >= joining.limit / 2;
    expectedMs =
      full || tookMs > expectedMs
        ? expectedMs + WEIGHT * (tookMs - expectedMs)
        : Math.max(options.runMs, expectedMs * (1 - WEIGHT));
    for (const { job } of slices) {
      const { times } = job;
      if (!times) continue;
      times.startedAt ??= startedAt;
      times.endedAt = endedAt;
    }
    const first = slices.filter(({ from }) => from === 0);
    const waited = first.map(({ job }) => (startedAt - job.queuedAt) / 1000);
    metrics?.batch(rows, slices.length, waited, tookMs / 1000);
  }

  function give(slices: readonly Slice<Request>[], results: Tensors): void {
    let at = 0;
    for (const { job, from, to } of slices) {
      const part = joining ? cutRows({ tensors: results, from: at, to: at + to - from }) : results;
      at += to - from;
      if (to - from === job.rows) {
        resolve(job, part);
        continue;
      }
      job.whole ??= roomFor(part, job.rows);
      putRows(part, job.whole, from);
      job.answered += to - from;
      if (job.answered === job.rows) resolve(job, job.whole);
    }
  }

  function resolve(job: Request, results: Tensors): void {
    settle(job, () => job.resolve(results));
  }

  function sweep(): void {
    const now = performance.now();
    for (const job of queue.waiting()) dropped(job, now);
    for (const slices of runners.values()) for (const { job } of slices) dropped(job, now);
    sweeping = open > 0;
    if (sweeping) setTimeout(sweep, SWEEP_MS);
  }

  /** Gives up what nobody waits for any more. */
  function dropped(job: Request, now: number): boolean {
    if (job.settled) return true;
    if (job.options.gone?.()) settle(job, () => job.reject(callerGone()));
    else if (now >= job.deadline) settle(job, () => job.reject(late()));
    return job.settled;
  }

  function settle(job: Request, end: () => void): void {
    if (job.settled) return;
    job.settled = true;
    open -= 1;
    if (job.taken < job.rows) queue.forget(job);
    end();
    leaveIfDone();
  }

  function leaveIfDone(): void {
    // A run may outlast the requests that it was for, and the model must not be freed under it.
    if (open === 0 && running === 0) leave?.();
  }

  return {
    run,
    admit,
    attach(runner) {
      runners.set(runner, NOTHING);
      idle.push(runner);
      schedule();
    },
    detach(runner) {
      runners.delete(runner);
      const index = idle.indexOf(runner);
      if (index >= 0) idle.splice(index, 1);
    },
    close() {
      closing ??= new Promise((resolve) => {
        leave = resolve;
        leaveIfDone();
      });
      return closing;
    },
  };
}

function leaving(): RequestError {
  return unavailable("This instance is shutting down; another one answers.");
}

function late(): RequestError {
  return new RequestError("late", "The model had not answered when the request's time was over.");
}

function callerGone(): RequestError {
  return new RequestError("caller-gone", "The caller left before the model had answered.");
}

function inputsOf(slices: readonly Slice<Request>[]): Tensors {
  return slices.length === 1 && slices[0]!.to - slices[0]!.from === slices[0]!.job.rows
    ? slices[0]!.job.inputs
    : joinRows(slices.map(({ job, from, to }) => ({ tensors: job.inputs, from, to })));
}

/** What any of them wants. */
function outputsOf(slices: readonly Slice<Request>[]): readonly string[] {
  const { outputs } = slices[0]!.job;
  return slices.every(({ job }) => job.outputs === outputs)
    ? outputs
    : [...new Set(slices.flatMap(({ job }) => job.outputs))];
}

function rowsIn(slices: readonly Slice<Request>[]): number {
  return slices.reduce((rows, { from, to }) => rows + to - from, 0);
}

/** All inputs of such a model have the same number. */
function rowsOf(inputs: Tensors): number {
  const [first] = inputs.values();
  return first!.shape[0]!;
}

/** All but the number of rows. */
function shapeOf(inputs: Tensors): string {
  return JSON.stringify([...inputs].map(([name, { shape }]) => [name, shape.slice(1)]));
}

function refuseOtherRows(results: Tensors, rows: number): void {
  for (const [name, { shape }] of results)
    if (shape[0] !== rows)
      throw new Error(`output ${JSON.stringify(name)} has shape ${JSON.stringify(shape)} for ${rows} rows`);
}
