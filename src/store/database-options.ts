import { defaultTreeOptions, type TreeOptions } from '../lsm/tree-options.js';
import type { Durability } from './operations.js';

const MIB = 1024 * 1024;

/** How a database behaves; every field has a default. Sizes are bytes, times milliseconds. */
export interface DatabaseOptions extends TreeOptions {
  /** When a write is acknowledged, unless it says otherwise itself. */
  readonly durability: Durability;
  /** Longest time before a write with durability `interval` is synced. */
  readonly syncIntervalMs: number;
  /** The log starts a new segment at this size. */
  readonly logSegmentBytesMax: number;
  /** Blocks, filters and indexes kept in memory. */
  readonly cacheBytesMax: number;
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  /** Keys and values of one batch together. */
  readonly batchBytesMax: number;
  /** Bytes of writes on their way to the log at which further writes wait. */
  readonly inFlightBytesMax: number;
  /** Make the directory a database when it is not there or empty; otherwise opening fails with `NOT_A_DATABASE`. */
  readonly createIfMissing: boolean;
  /** Where flush and compaction run: in worker threads, or in slices on the calling thread (what simulated file systems need). */
  readonly background: 'workers' | 'inline';
}

export const defaultDatabaseOptions: DatabaseOptions = {
  ...defaultTreeOptions,
  durability: 'fsync',
  syncIntervalMs: 100,
  logSegmentBytesMax: 64 * MIB,
  cacheBytesMax: 64 * MIB,
  keyBytesMax: 4096,
  valueBytesMax: 16 * MIB,
  batchBytesMax: 64 * MIB,
  inFlightBytesMax: 64 * MIB,
  createIfMissing: true,
  background: 'workers',
};
