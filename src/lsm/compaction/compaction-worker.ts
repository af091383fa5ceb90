import { NodeFileSystem } from '../../env/node-file-system.js';
import { SystemClock } from '../../env/system-clock.js';
import { serveRequests } from '../../env/worker-thread.js';
import { cancelledError, isCancelled } from './cancellation.js';
import { compactionJob } from './compaction-job.js';
import type { JobResult } from './job.js';
import { Pace } from './pace.js';
import type { WorkerJob } from './worker-executor.js';

/** The worker thread's side of `WorkerExecutor`: one job after the other, each to its end without letting go. */
serveRequests<undefined, WorkerJob, JobResult>(() => {
  const fileSystem = new NodeFileSystem();
  const clock = new SystemClock();
  return ({ request, cancelFlag }) => {
    const job = compactionJob(fileSystem, request);
    const pace = new Pace(request.bytesPerSecondMax, clock.monotonic());
    for (;;) {
      if (isCancelled(cancelFlag)) {
        job.return(undefined as never);
        throw cancelledError();
      }
      const step = job.next();
      if (step.done === true) return { response: step.value };
      const pauseMs = pace.pauseMs(step.value, clock.monotonic());
      if (pauseMs >= 1) Atomics.wait(cancelFlag, 0, 0, pauseMs);
    }
  };
});
