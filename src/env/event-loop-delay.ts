import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

const NANOSECONDS_PER_SECOND = 1e9;
const RESOLUTION_MS = 10;

/** How late the event loop comes to its timers: what every request waits at least. In seconds. */
export interface DelaySummary {
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export class EventLoopDelay {
  readonly #histogram: IntervalHistogram;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
  }

  /** Since the last call; then counts anew. */
  take(): DelaySummary {
    const { mean, max, count } = this.#histogram;
    const seconds = (nanoseconds: number): number => (count === 0 ? 0 : nanoseconds / NANOSECONDS_PER_SECOND);
    const summary = {
      mean: seconds(mean),
      p50: seconds(this.#histogram.percentile(50)),
      p99: seconds(this.#histogram.percentile(99)),
      max: seconds(max),
    };
    this.#histogram.reset();
    return summary;
  }

  stop(): void {
    this.#histogram.disable();
  }
}
