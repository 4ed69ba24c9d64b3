/** Which requests are taken: those for which there is room, and which the model can answer in time. Pure. */
import { type RequestError, unavailable } from "../problems/requestError.ts";

export interface AdmissionOptions {
  /** Rows of one run, at most; 1 for a model that takes one request at a time. */
  readonly maxRows: number;
  /** How long a full run takes, as measured. Every run corrects it. */
  readonly runMs: number;
  /** How much may wait at most. */
  readonly queueRows: number;
  readonly queueRequests: number;
}

/**
 * How much of its time a request may be expected to wait. Without this margin, all requests of a full queue would be
 * late as soon as the machine became a little slower.
 */
const LARGEST_WAIT = 0.5;
/** How much one run says about the next. */
const WEIGHT = 0.2;

export class Admission {
  readonly #options: AdmissionOptions;
  /** How long a full run is expected to take. */
  #expectedMs: number;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#expectedMs = options.runMs;
  }

  /**
   * A request is refused at once, so that the caller can go elsewhere, rather than late. One that comes when nothing
   * waits is never refused.
   *
   * @param waiting The queue.
   * @param rows The rows of the request.
   * @param leftMs How long the caller still waits.
   * @param runners How many runners there are.
   */
  refusal(
    waiting: { readonly rows: number; readonly requests: number },
    rows: number,
    leftMs: number,
    runners: number,
  ): RequestError | undefined {
    if (waiting.requests === 0) return undefined;
    const { maxRows, queueRows, queueRequests } = this.#options;
    const total = waiting.rows + rows;
    const waitMs = (Math.ceil(total / maxRows) * this.#expectedMs) / Math.max(1, runners);
    const full = total > queueRows || waiting.requests >= queueRequests;
    if (!full && waitMs <= LARGEST_WAIT * leftMs) return undefined;
    return unavailable(
      `Too many requests wait: ${waiting.requests}, of ${waiting.rows} rows. Another one would wait for about ${(waitMs / 1000).toFixed(1)} s.`,
      { retryAfterSeconds: Math.ceil(waitMs / 1000), rejection: "queue_full" },
    );
  }

  /** A small run that was quick says nothing about a full one, but no estimate may stay too high for ever. */
  learn(rows: number, tookMs: number): void {
    const { maxRows, runMs } = this.#options;
    this.#expectedMs =
      rows >= maxRows / 2 || tookMs > this.#expectedMs
        ? this.#expectedMs + WEIGHT * (tookMs - this.#expectedMs)
        : Math.max(runMs, this.#expectedMs * (1 - WEIGHT));
  }
}
