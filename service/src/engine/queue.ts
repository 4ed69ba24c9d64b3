/** Requests that wait for the model, and which rows run next. Pure. */

export interface QueuedRequest {
  /** Requests of the same shape can share a run. */
  readonly shape: string;
  /** 1 or more. */
  readonly rows: number;
  /** Rows that a run has taken so far. */
  taken: number;
  /** Whether it needs no more runs: it was answered, refused or given up. */
  settled: boolean;
}

/** Rows of a request that go into a run. */
export interface Slice<J> {
  readonly request: J;
  readonly from: number;
  /** The row after the last one. */
  readonly to: number;
}

/** Requests of one shape, in the order in which they run. */
interface Line<J> {
  readonly shape: string;
  readonly requests: J[];
}

/**
 * First come, first served. A request may have more rows than a run takes: what is left of it goes to the end of the
 * line, so that the others wait for one run of it, not for all. Shapes take turns.
 *
 * Arrays throughout: V8 keeps the tables of a Map or Set that requests pass through, with all that they held,
 * until its next full collection. That took a third of the time of an answer.
 */
export class Queue<J extends QueuedRequest> {
  /** The first runs next. An empty line is kept as long as it is the only one. */
  readonly #lines: Line<J>[] = [];
  /** How many rows wait. */
  rows = 0;
  /** How many requests have rows that wait. */
  requests = 0;

  add(request: J): void {
    const line = this.#lines.find(({ shape }) => shape === request.shape);
    if (line) line.requests.push(request);
    else this.#lines.push({ shape: request.shape, requests: [request] });
    this.rows += request.rows;
    this.requests += 1;
  }

  /** Takes what runs next: at most `limit` rows, of one shape; nothing if nothing waits. */
  take(limit: number): Slice<J>[] {
    for (let turn = this.#lines.length; turn > 0; turn--) {
      const line = this.#lines[0]!;
      const slices = this.#takeFrom(line.requests, limit);
      if (this.#lines.length > 1) {
        this.#lines.shift();
        if (line.requests.length > 0) this.#lines.push(line);
      }
      if (slices.length > 0) return slices;
    }
    return [];
  }

  #takeFrom(requests: J[], limit: number): Slice<J>[] {
    const slices: Slice<J>[] = [];
    let room = limit;
    let next = 0;
    let unfinished = 0;
    while (room > 0 && next < requests.length) {
      const request = requests[next++]!;
      if (request.settled) continue;
      const from = request.taken;
      request.taken = Math.min(request.rows, from + room);
      room -= request.taken - from;
      slices.push({ request, from, to: request.taken });
      this.rows -= request.taken - from;
      if (request.taken === request.rows) this.requests -= 1;
      else if (request.rows > limit) requests.push(request);
      else unfinished = 1;
    }
    requests.splice(0, next - unfinished);
    return slices;
  }

  /** Must be called once for a request that is settled while rows of it wait. */
  forget(request: J): void {
    this.rows -= request.rows - request.taken;
    this.requests -= 1;
  }

  /** All that wait, settled or not. */
  waiting(): J[] {
    return this.#lines.flatMap(({ requests }) => requests);
  }
}
