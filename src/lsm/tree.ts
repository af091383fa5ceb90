import type { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import type { BlockCache } from './cache/block-cache.js';
import type { Entry } from './entry.js';
import type { KeyRange } from './iterator/key-range.js';
import type { VisibleIterator } from './iterator/visible-iterator.js';
import type { FindState } from './sstable/find-state.js';
import type { TreeOptions } from './tree-options.js';
import type { TreeStats } from './tree-stats.js';
import type { TreeVerifyReport } from './verify-tree.js';

/** Signatures only; the bodies follow. */
export interface TreeOpening {
  readonly environment: Environment;
  readonly directory: string;
  readonly options: TreeOptions;
  /** Where flush and compaction run. */
  readonly background: 'workers' | 'inline';
  /** Shared by all trees of the process. */
  readonly blockCache: BlockCache;
  /** Tells this tree's blocks from other trees' in the cache; unique in the process. */
  readonly treeId: number;
  /** Make the tree when the directory holds none. */
  readonly createIfMissing: boolean;
  /** Everything up to `flushedSequence` is in tables, on the device, for good: the log may let it go. */
  readonly onFlushed?: (flushedSequence: number) => void;
  /** Something failed in the background. Reads go on; `untilWritable` refuses when it must. */
  readonly onFailure?: (error: CoreCacheError) => void;
}

/** A sequence whose view of the tree is kept. */
export interface TreeSnapshot {
  readonly sequence: number;
  /** Once is enough; more does nothing. */
  release(): void;
}

export interface TreeIteratorOptions {
  readonly range: KeyRange;
  /** A held snapshot's; the last sequence when absent. */
  readonly atSequence?: number | undefined;
  /** What has expired by then is not shown. */
  readonly nowMs: number;
}

export declare class Tree {
  static open(opening: TreeOpening): Promise<Tree>;
  readonly directory: string;
  /** Of the last record applied or advanced over. */
  readonly lastSequence: number;
  readonly lastEpoch: number;
  /** Everything up to here is in tables. */
  readonly flushedSequence: number;
  /** Why nothing is flushed any more: `POISONED` after a failed manifest write. */
  readonly failure: CoreCacheError | undefined;

  apply(sequence: number, epoch: number, batch: Uint8Array): void;
  advance(sequence: number, epoch: number): void;

  /** False when a write should wait: then await `untilWritable`. */
  readonly isWritable: boolean;
  /** Resolves when a write may go in. @throws CoreCacheError when waiting is no use: `POISONED`, `DISK_FULL`, … */
  untilWritable(): Promise<void>;

  /**
   * The newest version of the key at or below `atSequence` (tombstones and expired values too: see `isAbsent`), out of
   * memory alone. `unloaded` when the disk is needed: call `load` or `findSync` with the same arguments.
   */
  find(key: Uint8Array, hash: number, atSequence: number | undefined, into: Entry): FindState;
  /** As `find`, reading blocks with blocking calls. True when found. */
  findSync(key: Uint8Array, hash: number, atSequence: number | undefined, into: Entry): boolean;
  /** As `find`, reading off the event loop. True when found. */
  load(key: Uint8Array, hash: number, atSequence: number | undefined, into: Entry): Promise<boolean>;

  iterator(options: TreeIteratorOptions): VisibleIterator;
  takeSnapshot(): TreeSnapshot;

  flush(): Promise<void>;
  compact(range?: KeyRange): Promise<void>;
  /** Everything in tables, as a tree of its own in `directory` (which is made). Returns up to which sequence it is. */
  checkpoint(directory: string): Promise<{ readonly flushedSequence: number; readonly lastEpoch: number }>;
  verify(): Promise<TreeVerifyReport>;
  stats(): TreeStats;
  /** Flushes nothing: the log has it. */
  close(): Promise<void>;
}
