import type { BackgroundThread } from '../../env/background-thread.js';
import { startWorkerThread } from '../../env/worker-thread.js';
import { isCoreCacheError } from '../../base/errors.js';
import type { Cancellation } from './cancellation.js';
import type { JobRequest, JobResult } from './job.js';
import type { JobExecutor, JobLane } from './job-executor.js';

export interface WorkerJob {
  readonly request: JobRequest;
  readonly cancelFlag: Int32Array;
}

type JobThread = BackgroundThread<WorkerJob, JobResult>;

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
 * first job. A memtable reaches its thread as shared memory, tables by their names; nothing large is copied.
 */
export class WorkerExecutor implements JobExecutor {
  readonly #threads = new Map<JobLane, JobThread>();

  async run(lane: JobLane, request: JobRequest, { flag }: Cancellation): Promise<JobResult> {
    const thread = this.#threads.get(lane) ?? this.#start(lane);
    try {
      return await thread.request({ request, cancelFlag: flag });
    } catch (error) {
      // The thread may have died of it: the next job begins in a fresh one.
      if (isCoreCacheError(error, 'INTERNAL')) await this.#end(lane);
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const lane of [...this.#threads.keys()]) await this.#end(lane);
  }

  #start(lane: JobLane): JobThread {
    const thread = startWorkerThread<WorkerJob, JobResult>({
      name: `corecache-${lane}`,
      moduleUrl: import.meta.url,
      entry: './compaction-worker.js',
      youngGenerationMiBMax: YOUNG_GENERATION_MIB_MAX,
      oldGenerationMiBMax: OLD_GENERATION_MIB_MAX,
    });
    this.#threads.set(lane, thread);
    return thread;
  }

  async #end(lane: JobLane): Promise<void> {
    const thread = this.#threads.get(lane);
    this.#threads.delete(lane);
    await thread?.terminate();
  }
}
