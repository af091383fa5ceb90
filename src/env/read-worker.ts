import { readSync } from 'node:fs';
import { ReadRing } from './read-ring.js';
import { serveRequests } from './worker-thread.js';

/** How long it looks out for the next read before it lets its thread sleep: waking it takes longer than several reads. */
const LOOKOUT_MS = 0.05;
/** Looks at the ring between two looks at the clock. */
const LOOKS = 64;
/** Weight of the newest read in the running mean: one part in this many. */
const MEAN_READS = 16;

/** Answers when nothing has been submitted for a moment; whoever submits after that asks again. */
serveRequests<SharedArrayBuffer, undefined, undefined>((shared) => {
  const ring = new ReadRing(shared);
  let meanMs = 0;
  return () => {
    let done = ring.done;
    let idleSinceMs = performance.now();
    for (;;) {
      let looks = 0;
      while (ring.submitted === done && looks < LOOKS) looks++;
      const nowMs = performance.now();
      if (looks === LOOKS) {
        if (nowMs - idleSinceMs > LOOKOUT_MS) return { response: undefined };
        continue;
      }
      ring.perform(done, read);
      done = (done + 1) | 0;
      idleSinceMs = performance.now();
      meanMs += (idleSinceMs - nowMs - meanMs) / MEAN_READS;
      ring.meanReadUs = Math.round(meanMs * 1000);
    }
  };
});

function read(fd: number, target: Uint8Array, offset: number, length: number, position: number): number {
  try {
    let done = 0;
    while (done < length) {
      const bytesRead = readSync(fd, target, offset + done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  } catch {
    // The event loop tries again in its own way, and reports what it gets.
    return -1;
  }
}
