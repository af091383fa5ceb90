import * as fs from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { InlineReadSigns } from './inline-reads.js';

/** What Linux counts of the thread that asks, one `name: number` a line. Elsewhere there is no such file. */
const COUNTERS = '/proc/thread-self/io';
const BYTES_FROM_DEVICES = /^read_bytes: (\d+)$/m;
/** Nanoseconds on a processor, nanoseconds ready to run without one, and how often it had one. */
const SCHEDULING = '/proc/thread-self/schedstat';
const WITHOUT_PROCESSOR_NS = /^\d+ (\d+) /;

let callsWithoutCount = 0;

/** The signs of this machine and thread. */
export const systemReadSigns: InlineReadSigns = {
  monotonic: () => performance.now(),
  deviceReads: () => numberIn(COUNTERS, BYTES_FROM_DEVICES) ?? ++callsWithoutCount,
  processorWaitMs: () => (numberIn(SCHEDULING, WITHOUT_PROCESSOR_NS) ?? 0) / 1e6,
};

function numberIn(path: string, place: RegExp): number | undefined {
  let text: string;
  try {
    text = fs.readFileSync(path, 'latin1');
  } catch {
    // Not Linux, or a kernel that does not count.
    return undefined;
  }
  const digits = place.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
