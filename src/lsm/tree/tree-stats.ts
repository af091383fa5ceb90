import type { GapStats } from '../gaps/known-gaps.js';

/** Why a write has to wait. */
export type StallCause = 'level0' | 'memtables' | 'pending';

export interface LevelStats {
  readonly level: number;
  readonly tableCount: number;
  readonly bytes: number;
  /** What the level may hold before it is compacted; 0 where it is to stay empty. */
  readonly targetBytes: number;
}

/** What the tree did and holds. Counts, bytes and times are since it was opened; the rest is now. */
export interface TreeStats {
  readonly lastSequence: number;
  readonly flushedSequence: number;
  readonly lastEpoch: number;
  readonly memtable: {
    readonly activeBytes: number;
    readonly activeEntries: number;
    readonly sealedCount: number;
    readonly sealedBytes: number;
  };
  readonly levels: readonly LevelStats[];
  readonly tableCount: number;
  readonly tableBytes: number;
  /** Keys and values in tables as they were given: what `tableBytes` would be without compression and overhead. */
  readonly rawBytes: number;
  readonly valueFileCount: number;
  readonly valueFileBytes: number;
  /** Of them, values that no table refers to any more; the rest of what is dropped is found out by compaction. */
  readonly valueGarbageBytes: number;
  /** Entries in tables, all versions and tombstones counted. */
  readonly entryCount: number;
  readonly tombstoneCount: number;
  /** Bytes above the targets of their levels, waiting to be compacted. */
  readonly pendingBytes: number;
  /** Stretches of deleted or expired keys that scans leap over. */
  readonly gaps: GapStats;
  readonly snapshotCount: number;
  /** Versions that readers still hold, the present one counted. */
  readonly versionCount: number;
  readonly manifest: { readonly bytes: number; readonly edits: number; readonly rewrites: number };
  readonly flush: JobStats;
  readonly compaction: JobStats & {
    /** Tables that changed their level without being read. */
    readonly tablesMoved: number;
  };
  readonly stall: {
    /** What new writes meet now; `undefined` when nothing delays them. */
    readonly cause: StallCause | undefined;
    readonly isStopped: boolean;
    /** How often a wait began, and how long the waits took together, in milliseconds. */
    readonly waits: Readonly<Record<StallCause, number>>;
    readonly waitedMs: Readonly<Record<StallCause, number>>;
  };
  /** What is wrong in the background at the moment, in words. */
  readonly failure: string | undefined;
}

export interface JobStats {
  readonly count: number;
  readonly failures: number;
  readonly isRunning: boolean;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly milliseconds: number;
  /** Versions that nobody could see any more, left out. */
  readonly entriesDropped: number;
}
