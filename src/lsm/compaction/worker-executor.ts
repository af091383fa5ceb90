import type { BackgroundThread } from '../../env/background-thread.js';
import type { Clock } from '../../env/clock.js';
import { ThreadOnDemand } from '../../env/thread-on-demand.js';
import { startWorkerThread } from '../../env/worker-thread.js';
import { IDLE_MS } from '../background/idle-time.js';
import type { Cancellation } from './cancellation.js';
import type { JobRequest, JobResult } from './job.js';
import type { JobExecutor, JobLane } from './job-executor.js';

export interface WorkerJob {
  readonly request: JobRequest;
  readonly cancelFlag: Int32Array;
}

type JobThread = ThreadOnDemand<WorkerJob, JobResult>;

/**
 * A job's objects either last as long as the job or die at once, so collecting the young ones often costs next to nothing,
 * while letting them pile up keeps the buffers of blocks alive that they stand for, in each of the two threads.
 */
const YOUNG_GENERATION_MIB_MAX = 2;
/**
 * Far more than a job takes, some 10 MiB and what it is told of each table. Chosen for what V8 makes of it: with as little
 * as this it lets garbage grow by half of what is in use between two collections, not to a multiple.
 */
const OLD_GENERATION_MIB_MAX = 512;

/**
 * Runs jobs in worker threads over the real file system: one for flushes, one for compactions, each started with its
 * first job or by `prepare`, and anew when there was none for long. A memtable reaches its thread as shared memory, tables
 * by their names; nothing large is copied.
 */
export class WorkerExecutor implements JobExecutor {
  readonly #clock: Clock;
  readonly #threads = new Map<JobLane, JobThread>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async run(lane: JobLane, request: JobRequest, { flag }: Cancellation): Promise<JobResult> {
    return await this.#thread(lane).request({ request, cancelFlag: flag });
  }

  prepare(lane: JobLane): void {
    this.#thread(lane).prepare();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.close()));
  }

  #thread(lane: JobLane): JobThread {
    let thread = this.#threads.get(lane);
    if (thread === undefined) {
      thread = new ThreadOnDemand(this.#clock, IDLE_MS, () => startThread(lane));
      this.#threads.set(lane, thread);
    }
    return thread;
  }
}

function startThread(lane: JobLane): BackgroundThread<WorkerJob, JobResult> {
  return startWorkerThread<WorkerJob, JobResult>({
    name: `corecache-${lane}`,
    moduleUrl: import.meta.url,
    entry: './compaction-worker.js',
    youngGenerationMiBMax: YOUNG_GENERATION_MIB_MAX,
    oldGenerationMiBMax: OLD_GENERATION_MIB_MAX,
  });
}
