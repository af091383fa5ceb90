import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import type { Cursor } from '../iterator/cursor.js';
import type { FindState } from '../sstable/find-state.js';
import type { BlockCache } from './block-cache.js';

export interface TableCacheOptions {
  readonly fileSystem: FileSystem;
  readonly blockCache: BlockCache;
  /** Tables open at one time, by count. Those in use stay open, also beyond it. */
  readonly openTablesMax: number;
}

/** Shared by all trees of a process. */
export declare class TableCache {
  constructor(options: TableCacheOptions);
  /** A handle on a table; opens nothing. Keep one per live table in the version. */
  handle(directory: string, fileNumber: FileNumber): TableHandle;
  readonly openCount: number;
  /** Closes every open table. No reads may be under way. */
  close(): void;
}

/** One table, opened when first needed and closed by the cache when others need the room. */
export declare class TableHandle {
  readonly directory: string;
  readonly fileNumber: FileNumber;
  /** Over data in memory only. `into` is filled when found. The caller has checked the key range. */
  find(key: Uint8Array, hash: number, atSequence: number, into: Entry): FindState;
  /** As `find`, reading from disk on this thread. True when found. */
  findSync(key: Uint8Array, hash: number, atSequence: number, into: Entry): boolean;
  /** As `find`, reading from disk off the event loop. */
  findLoading(key: Uint8Array, hash: number, atSequence: number, into: Entry): Promise<boolean>;
  /** Holds the table open until it is closed. */
  cursor(): Cursor;
  /** Reads every block. @throws CoreCacheError `CORRUPTION` with file and offset */
  verify(): Promise<void>;
  /** Closes it and forgets its blocks: call before its files are removed. No reads may be under way. */
  retire(): void;
}
