/** A histogram of times whose buckets are 1 % wide: quantiles of millions of answers in little memory. Pure. */
const PER_E = 100;
/** Milliseconds. */
const LOWEST = 0.001;
const BUCKETS = 2_000;

export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  count = 0;

  add(milliseconds: number): void {
    const bucket = Math.floor(Math.log(Math.max(milliseconds, LOWEST) / LOWEST) * PER_E);
    this.#counts[Math.min(bucket, BUCKETS - 1)]! += 1;
    this.count += 1;
  }

  /** Milliseconds that the share `q` of all stayed within; NaN of none. */
  quantile(q: number): number {
    let left = Math.ceil(q * this.count);
    if (left === 0) return NaN;
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0);
    return LOWEST * Math.exp((bucket + 0.5) / PER_E);
  }
}
