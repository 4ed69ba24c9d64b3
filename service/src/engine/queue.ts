/** Requests that wait for the model, and whose rows run next. Pure. */

/** What waits. */
export interface Job {
  /** Jobs of the same shape can share a run. */
  readonly shape: string;
  /** 1 or more. */
  readonly rows: number;
  /** Rows that a run has taken so far. */
  taken: number;
  /** Needs no more runs: answered, refused or given up. */
  settled: boolean;
}

/** Rows of a job that go into a run. */
export interface Slice<J> {
  readonly job: J;
  readonly from: number;
  /** Not among them. */
  readonly to: number;
}

/** Jobs of one shape, in the order in which they run. */
interface Line<J> {
  readonly shape: string;
  readonly jobs: J[];
}

/**
 * First come, first served, but for jobs of more rows than a run takes: what is left of one goes to the end of the
 * line, so that nobody waits longer than a run for each of them. Shapes take turns.
 *
 * Arrays throughout: a Map or Set that jobs pass through leaves tables behind that V8 keeps, with all that they held,
 * until its next full collection. That made a third of the time of an answer.
 */
export class Queue<J extends Job> {
  /** The first runs next. One that is empty is kept for as long as it is the only one. */
  readonly #lines: Line<J>[] = [];
  /** Rows that wait. */
  rows = 0;
  /** Requests of which rows wait. */
  requests = 0;

  add(job: J): void {
    const line = this.#lines.find(({ shape }) => shape === job.shape);
    if (line) line.jobs.push(job);
    else this.#lines.push({ shape: job.shape, jobs: [job] });
    this.rows += job.rows;
    this.requests += 1;
  }

  /** Takes what runs next: at most `limit` rows, of one shape; nothing if nothing waits. */
  take(limit: number): Slice<J>[] {
    for (let turn = this.#lines.length; turn > 0; turn--) {
      const line = this.#lines[0]!;
      const slices = this.#takeFrom(line.jobs, limit);
      if (this.#lines.length > 1) {
        this.#lines.shift();
        if (line.jobs.length > 0) this.#lines.push(line);
      }
      if (slices.length > 0) return slices;
    }
    return [];
  }

  #takeFrom(jobs: J[], limit: number): Slice<J>[] {
    const slices: Slice<J>[] = [];
    let room = limit;
    let next = 0;
    let unfinished = 0;
    while (room > 0 && next < jobs.length) {
      const job = jobs[next++]!;
      if (job.settled) continue;
      const from = job.taken;
      job.taken = Math.min(job.rows, from + room);
      room -= job.taken - from;
      slices.push({ job, from, to: job.taken });
      this.rows -= job.taken - from;
      if (job.taken === job.rows) this.requests -= 1;
      else if (job.rows > limit) jobs.push(job);
      else unfinished = 1;
    }
    jobs.splice(0, next - unfinished);
    return slices;
  }

  /** To be called once for a job that is settled while rows of it wait. */
  forget(job: J): void {
    this.rows -= job.rows - job.taken;
    this.requests -= 1;
  }

  /** All that wait, settled or not. */
  waiting(): J[] {
    return this.#lines.flatMap(({ jobs }) => jobs);
  }
}
