import { performance } from 'node:perf_hooks';
import type { InlineReadSigns } from './inline-reads.js';

/** Elsewhere the count is kept otherwise, or not at all. */
const COUNTS_DEVICE_READS = process.platform === 'linux';

let callsWithoutCount = 0;

/** The signs of this machine and process. */
export const systemReadSigns: InlineReadSigns = {
  monotonic: () => performance.now(),
  deviceReads: () => (COUNTS_DEVICE_READS ? process.resourceUsage().fsRead : ++callsWithoutCount),
};
