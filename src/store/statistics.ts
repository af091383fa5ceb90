import type { CommitLogStats } from '../log/commit-log.js';
import type { BlockCacheStats } from '../lsm/cache/block-cache.js';
import type { TreeStats } from '../lsm/tree/tree-stats.js';
import type { DatabaseParts } from './directory/database-parts.js';
import type { Scans } from './read/scans.js';
import type { Snapshots } from './read/snapshots.js';
import type { WritePipeline } from './write/write-pipeline.js';

/** Everything there is to measure. Counters run since the database was opened; the rest is now. */
export interface DatabaseStatistics {
  readonly epoch: number;
  /** Of the newest write that reads see. */
  readonly lastSequence: number;
  /** Of the newest write that was given to the log. */
  readonly appendedSequence: number;
  readonly writes: {
    /** Given to the log and not answered. */
    readonly inFlight: number;
    readonly inFlightBytes: number;
    /** Held back before the log, by the tree or by the bytes in flight. */
    readonly waiting: number;
    /** How often the bytes in flight held writes back. */
    readonly inFlightWaits: number;
  };
  readonly openScans: number;
  readonly openSnapshots: number;
  /** Why writes are refused; `undefined` when they are not. */
  readonly failure: string | undefined;
  readonly log: CommitLogStats;
  readonly tree: TreeStats;
  readonly cache: BlockCacheStats;
}

export function collectStatistics(
  { partition, log, blockCache }: DatabaseParts,
  pipeline: WritePipeline,
  scans: Scans,
  snapshots: Snapshots,
): DatabaseStatistics {
  const { tree } = partition;
  return {
    epoch: partition.epoch,
    lastSequence: tree.lastSequence,
    appendedSequence: partition.lastSequence,
    writes: {
      inFlight: partition.inFlightCount,
      inFlightBytes: partition.inFlightBytes,
      waiting: pipeline.waitingCount,
      inFlightWaits: pipeline.inFlightWaits,
    },
    openScans: scans.count,
    openSnapshots: snapshots.count,
    failure: partition.failure?.message,
    log: log.stats(),
    tree: tree.stats(),
    cache: blockCache.stats(),
  };
}
