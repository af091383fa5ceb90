import { LatencyHistogram } from './latency-histogram.js';

/** What was answered in one second of the run. */
export interface WriteSecond {
  readonly second: number;
  readonly writes: number;
  /** Latencies in milliseconds; 0 when nothing was answered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/**
 * Latencies by the second in which the answer came, and all together. A second in which none came is there as well, with
 * zeros, for that is when it matters.
 */
export class WriteSeries<Extra extends object> {
  readonly total = new LatencyHistogram();
  readonly seconds: (WriteSecond & Extra)[] = [];
  readonly #current = new LatencyHistogram();
  readonly #extra: () => Extra;

  /** @param extra is asked at the end of each second for what else is to be told of it */
  constructor(extra: () => Extra) {
    this.#extra = extra;
  }

  /** @param atMs since the start of the run; never less than in the call before */
  record(atMs: number, latencyMs: number): void {
    this.advance(atMs);
    this.#current.record(latencyMs);
    this.total.record(latencyMs);
  }

  /** Ends the seconds that are over. */
  advance(atMs: number): void {
    while (this.seconds.length < Math.floor(atMs / 1000)) {
      this.seconds.push({
        second: this.seconds.length,
        writes: this.#current.count,
        p50Ms: this.#current.percentileMs(0.5),
        p99Ms: this.#current.percentileMs(0.99),
        p999Ms: this.#current.percentileMs(0.999),
        maxMs: this.#current.maxMs,
        ...this.#extra(),
      });
      this.#current.clear();
    }
  }
}
