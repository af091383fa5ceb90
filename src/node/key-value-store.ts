import type { DatabaseStatistics } from '../store/statistics.js';
import type {
  ReadOptions,
  ScanOptions,
  Snapshot,
  StoredEntry,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from '../store/operations.js';

/** What reads and writes need of a store. `Database` is one. */
export interface KeyValueStore {
  /** Epoch that writes carry now. */
  readonly epoch: number;
  /** Sequence of the last write that reads can see. */
  readonly lastSequence: number;
  /** Set once the log has failed: every further write is refused until the store is opened again. */
  readonly failure: Error | undefined;
  getEntry(key: Uint8Array, options?: ReadOptions): Promise<StoredEntry | undefined>;
  scanEntries(options?: ScanOptions): AsyncIterable<StoredEntry>;
  snapshot(): Snapshot;
  /**
   * All operations or none. @throws CoreCacheError `OUTCOME_UNKNOWN` when the log failed under it; after any other error
   * nothing was written
   */
  write(operations: readonly WriteOperation[], options?: WriteOptions): Promise<WriteResult>;
}

/** What the node needs of a store besides: to lead with it, look after it and close it. */
export interface NodeStore extends KeyValueStore {
  /** UUID of this copy of the data. */
  readonly storeUuid: string;
  /** Resolves when it is on disk that writes from now on carry `epoch`, which must be above the present one. */
  beginEpoch(epoch: number): Promise<void>;
  flush(): Promise<void>;
  compact(): Promise<void>;
  checkpoint(directory: string): Promise<void>;
  stats(): DatabaseStatistics;
  close(): Promise<void>;
}
