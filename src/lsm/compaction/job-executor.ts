import type { Cancellation } from './cancellation.js';
import type { JobRequest, JobResult } from './job.js';

/** A flush never waits behind a compaction, so each has a lane of its own. */
export type JobLane = 'flush' | 'compaction';

/** Runs jobs beside the event loop's other work. */
export interface JobExecutor {
  /** @throws CoreCacheError what the job threw; `CLOSED` when cancelled; `INTERNAL` when its thread died */
  run(lane: JobLane, request: JobRequest, cancellation: Cancellation): Promise<JobResult>;
  /** A job is likely to come soon: what it takes to begin with it is made ready. */
  prepare(lane: JobLane): void;
  /** No job may be under way. */
  close(): Promise<void>;
}
