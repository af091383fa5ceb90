import type { Clock } from '../../env/clock.js';
import type { JobResult } from '../compaction/job.js';
import type { JobStats } from '../tree/tree-stats.js';

/** Counts jobs of one kind, from the start of each to the commit of what it made. */
export class JobCounter {
  readonly #clock: Clock;
  #count = 0;
  #failures = 0;
  #running = 0;
  #bytesRead = 0;
  #bytesWritten = 0;
  #milliseconds = 0;
  #entriesDropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get stats(): JobStats {
    return {
      count: this.#count,
      failures: this.#failures,
      isRunning: this.#running > 0,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      milliseconds: this.#milliseconds,
      entriesDropped: this.#entriesDropped,
    };
  }

  /** @param job gives `undefined` when there was nothing to read and write */
  async count(job: () => Promise<JobResult | undefined>): Promise<void> {
    const start = this.#clock.monotonic();
    this.#running++;
    try {
      const result = await job();
      this.#count++;
      this.#bytesRead += result?.bytesRead ?? 0;
      this.#bytesWritten += result?.bytesWritten ?? 0;
      this.#entriesDropped += result?.entriesDropped ?? 0;
    } catch (error) {
      this.#failures++;
      throw error;
    } finally {
      this.#running--;
      this.#milliseconds += this.#clock.monotonic() - start;
    }
  }
}
