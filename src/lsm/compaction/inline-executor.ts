import type { Clock } from '../../env/clock.js';
import type { FileSystem } from '../../env/file-system.js';
import { cancelledError, isCancelled, type Cancellation } from './cancellation.js';
import { compactionJob } from './compaction-job.js';
import type { JobRequest, JobResult } from './job.js';
import type { JobExecutor, JobLane } from './job-executor.js';
import { Pace } from './pace.js';

/** Runs jobs on the calling thread, a slice in each turn of the event loop: for file systems that live in this thread. */
export class InlineExecutor implements JobExecutor {
  readonly #fileSystem: FileSystem;
  readonly #clock: Clock;

  constructor(fileSystem: FileSystem, clock: Clock) {
    this.#fileSystem = fileSystem;
    this.#clock = clock;
  }

  async run(_lane: JobLane, request: JobRequest, { flag, signal }: Cancellation): Promise<JobResult> {
    const job = compactionJob(this.#fileSystem, request);
    const pace = new Pace(request.bytesPerSecondMax, this.#clock.monotonic());
    for (;;) {
      await this.#clock.nextTurn();
      if (isCancelled(flag)) {
        job.return(undefined as never);
        throw cancelledError();
      }
      const step = job.next();
      if (step.done === true) return step.value;
      const pauseMs = pace.pauseMs(step.value, this.#clock.monotonic());
      if (pauseMs >= 1) await this.#clock.sleep(pauseMs, signal);
    }
  }

  prepare(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}
