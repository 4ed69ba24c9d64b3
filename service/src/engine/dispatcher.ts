/** Gives what waits to the runners that are idle, as batches. */
import { performance } from "node:perf_hooks";
import type { Tensors } from "../../../contract/index.ts";
import { RequestError } from "../problems/requestError.ts";
import { type Batch, checkRows, inputsOf, outputsOf, rowsIn, splitResults } from "./batch.ts";
import type { PendingRequest, PendingRequests } from "./pendingRequests.ts";
import type { Runner } from "./predictor.ts";

export interface DispatcherOptions {
  readonly pending: PendingRequests;
  /** Rows of one run, at most; undefined for a model that takes one request at a time. */
  readonly maxRows: number | undefined;
  /** Is called after each run that gave results, before its requests get them. Times as of `performance.now()`. */
  readonly onRun: (batch: Batch, rows: number, startedAt: number, endedAt: number) => void;
  /** Is called when a runner has done with a batch, whatever came of it. */
  readonly onIdle: () => void;
}

const NOTHING: Batch = [];

export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** What each of them runs now. */
  readonly #runners = new Map<Runner, Batch>();
  readonly #idle: Runner[] = [];
  #scheduled = false;
  /** Those of detached runners too. */
  runsUnderWay = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  get runners(): number {
    return this.#runners.size;
  }

  /** Requests of which rows run now; some may be settled. */
  requestsInRuns(): PendingRequest[] {
    return [...this.#runners.values()].flatMap((batch) => batch.map(({ request }) => request));
  }

  attach(runner: Runner): void {
    this.#runners.set(runner, NOTHING);
    this.#idle.push(runner);
    this.schedule();
  }

  detach(runner: Runner): void {
    this.#runners.delete(runner);
    const index = this.#idle.indexOf(runner);
    if (index >= 0) this.#idle.splice(index, 1);
  }

  /** Runs begin after all that is readable now has been read, so that it can share them; never later. */
  schedule(): void {
    if (this.#scheduled || this.#idle.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#startRuns();
    });
  }

  #startRuns(): void {
    const { pending, maxRows = 1 } = this.#options;
    while (this.#idle.length > 0) {
      const taken = pending.queue.take(maxRows);
      if (taken.length === 0) return;
      const now = performance.now();
      const batch = taken.filter(({ request }) => !pending.drop(request, now));
      if (batch.length > 0) void this.#execute(this.#idle.pop()!, batch);
    }
  }

  async #execute(runner: Runner, batch: Batch): Promise<void> {
    this.runsUnderWay += 1;
    this.#runners.set(runner, batch);
    await this.#answer(runner, batch);
    this.runsUnderWay -= 1;
    if (this.#runners.has(runner)) {
      this.#runners.set(runner, NOTHING);
      this.#idle.push(runner);
    }
    this.schedule();
    this.#options.onIdle();
  }

  async #answer(runner: Runner, batch: Batch): Promise<void> {
    const { pending, maxRows, onRun } = this.#options;
    const startedAt = performance.now();
    try {
      const results = await runner.run(inputsOf(batch), outputsOf(batch));
      const endedAt = performance.now();
      const rows = rowsIn(batch);
      if (maxRows !== undefined) checkRows(results, rows);
      onRun(batch, rows, startedAt, endedAt);
      if (maxRows === undefined) pending.resolve(batch[0]!.request, results);
      else splitResults(batch, results, this.#resolve);
    } catch (error) {
      if (batch.length === 1 || error instanceof RequestError)
        for (const { request } of batch) pending.reject(request, error);
      // One request may be what the model cannot take, and must cost the others nothing.
      else
        for (const slice of batch)
          if (!pending.drop(slice.request, performance.now())) await this.#answer(runner, [slice]);
    }
  }

  readonly #resolve = (request: PendingRequest, results: Tensors) =>
    this.#options.pending.resolve(request, results);
}
