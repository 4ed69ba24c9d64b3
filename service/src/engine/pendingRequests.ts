/** Requests from when they are taken until they are settled: answered, failed or given up. */
import { performance } from "node:perf_hooks";
import type { Tensors } from "../../../contract/index.ts";
import { RequestError } from "../problems/requestError.ts";
import type { RunOptions, RunTimes } from "./predictor.ts";
import { Queue, type QueuedRequest } from "./queue.ts";

export interface PendingRequest extends QueuedRequest {
  readonly inputs: Tensors;
  readonly outputs: readonly string[];
  readonly deadline: number;
  readonly queuedAt: number;
  readonly cancelled: RunOptions["cancelled"];
  readonly times: RunTimes | undefined;
  /** The results of a request that takes several runs, as far as they are there. */
  whole: Tensors | undefined;
  /** Rows of `whole` that are there. */
  answered: number;
  readonly resolve: (results: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/** How often requests are looked through for those that are late or whose caller has left, in milliseconds. */
const SWEEP_MS = 10;

export class PendingRequests {
  /** Those of which rows wait. */
  readonly queue = new Queue<PendingRequest>();
  readonly #running: () => Iterable<PendingRequest>;
  readonly #onSettled: () => void;
  #count = 0;
  #sweeping = false;

  /**
   * @param running Gives the requests in runs; it may give settled ones too.
   * @param onSettled Is called after each request that is settled.
   */
  constructor(running: () => Iterable<PendingRequest>, onSettled: () => void) {
    this.#running = running;
    this.#onSettled = onSettled;
  }

  /** Requests that are not settled. */
  get count(): number {
    return this.#count;
  }

  add(request: PendingRequest): void {
    this.#count += 1;
    this.queue.add(request);
    if (this.#sweeping) return;
    this.#sweeping = true;
    setTimeout(this.#sweep, SWEEP_MS);
  }

  resolve(request: PendingRequest, results: Tensors): void {
    if (!this.#settle(request)) return;
    request.resolve(results);
    this.#onSettled();
  }

  reject(request: PendingRequest, error: unknown): void {
    if (!this.#settle(request)) return;
    request.reject(error);
    this.#onSettled();
  }

  /** @returns whether the request is settled, after it was given up if nobody waits for it any more. */
  drop(request: PendingRequest, now: number): boolean {
    if (request.settled) return true;
    if (request.cancelled?.()) this.reject(request, callerGone());
    else if (now >= request.deadline) this.reject(request, late());
    return request.settled;
  }

  /** @returns false if it was settled before. */
  #settle(request: PendingRequest): boolean {
    if (request.settled) return false;
    request.settled = true;
    this.#count -= 1;
    if (request.taken < request.rows) this.queue.forget(request);
    return true;
  }

  readonly #sweep = () => {
    const now = performance.now();
    for (const request of this.queue.waiting()) this.drop(request, now);
    for (const request of this.#running()) this.drop(request, now);
    this.#sweeping = this.#count > 0;
    if (this.#sweeping) setTimeout(this.#sweep, SWEEP_MS);
  };
}

function late(): RequestError {
  return new RequestError("late", "The model had not answered when the request's time was over.");
}

function callerGone(): RequestError {
  return new RequestError("caller-gone", "The caller left before the model had answered.");
}
