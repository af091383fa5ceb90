import * as fs from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { InlineReadSigns } from './inline-reads.js';

/** What Linux counts of the thread that asks, one `name: number` a line. Elsewhere there is no such file. */
const COUNTERS = '/proc/thread-self/io';
const BYTES_FROM_DEVICES = /^read_bytes: (\d+)$/m;

let callsWithoutCount = 0;

/** The signs of this machine and thread. */
export const systemReadSigns: InlineReadSigns = {
  monotonic: () => performance.now(),
  deviceReads: () => bytesFromDevices() ?? ++callsWithoutCount,
};

function bytesFromDevices(): number | undefined {
  let counters: string;
  try {
    counters = fs.readFileSync(COUNTERS, 'latin1');
  } catch {
    // Not Linux, or a kernel that does not count.
    return undefined;
  }
  const bytes = BYTES_FROM_DEVICES.exec(counters)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}
