/** Buckets for each doubling of the latency: a percentile is at most 1/32 too high. */
const STEPS = 32;
/** From 1 µs on; all below counts as that. */
const LEAST_MS = 0.001;
/** 2 ** 24 µs, 17 seconds; what takes longer is in the last bucket, and exact as the maximum. */
const DOUBLINGS = 24;

/** Latencies in milliseconds, in buckets that grow with them: any number of them takes the same memory. */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(STEPS * DOUBLINGS);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  record(milliseconds: number): void {
    const bucket = Math.floor(Math.log2(Math.max(milliseconds, LEAST_MS) / LEAST_MS) * STEPS);
    this.#buckets[Math.min(bucket, this.#buckets.length - 1)]! += 1;
    this.#count++;
    if (milliseconds > this.#maxMs) this.#maxMs = milliseconds;
  }

  /** The upper end of the bucket that this share of the latencies, 0 to 1, does not go beyond; 0 when there are none. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [bucket, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0 && count > 0) return Math.min(LEAST_MS * 2 ** ((bucket + 1) / STEPS), this.#maxMs);
    }
    return this.#maxMs;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }
}
