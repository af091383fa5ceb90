import { hashKey } from '../../../src/base/hash.js';
import type { CoreCacheError } from '../../../src/base/errors.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { ManualClock } from '../../../src/env/simulated/manual-clock.js';
import { MemoryLogger } from '../../../src/env/simulated/memory-logger.js';
import { SeededRandomness } from '../../../src/env/simulated/seeded-randomness.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { type Entry, isAbsent, NEVER_EXPIRES, Operation } from '../../../src/lsm/entry.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { EVERY_KEY, type KeyRange } from '../../../src/lsm/iterator/key-range.js';
import { FindState } from '../../../src/lsm/sstable/read/find-state.js';
import { defaultTreeOptions, type TreeOptions } from '../../../src/lsm/tree-options.js';
import { GroupSearch } from '../../../src/lsm/tree/group-search.js';
import { PointSearch } from '../../../src/lsm/tree/point-search.js';
import { Tree, type TreeOpening } from '../../../src/lsm/tree/tree.js';
import { encodeBatch, type BatchOperation } from '../support/encode-batch.js';

export const DIRECTORY = '/data.dir/partition-0';

/** Everything small, so that a few hundred records flush, compact and fill levels. */
export const tinyOptions: TreeOptions = {
  ...defaultTreeOptions,
  memtableBytesMax: 4096,
  blockBytes: 256,
  tableBytesMax: 2048,
  levelBytesBase: 4096,
  levelRatio: 3,
  level0TablesCompact: 3,
  level0TablesSlow: 6,
  level0TablesStop: 8,
  pendingBytesSlow: 1 << 20,
  pendingBytesStop: 1 << 21,
};

export interface TreeSetting {
  readonly fileSystem?: FileSystem;
  readonly clock?: ManualClock;
  readonly logger?: MemoryLogger;
  readonly options?: Partial<TreeOptions>;
  readonly cacheBytesMax?: number;
  readonly mappedBytesMax?: number;
  readonly directory?: string;
  readonly background?: TreeOpening['background'];
  readonly createIfMissing?: boolean;
  readonly onFlushed?: TreeOpening['onFlushed'];
}

/** A tree over files in memory with a clock of its own, spoken to in strings. */
export class TreeUnderTest {
  readonly tree: Tree;
  readonly clock: ManualClock;
  readonly failures: CoreCacheError[];

  foundTogether = 0;
  readonly blockCache: BlockCache;

  private constructor(tree: Tree, blockCache: BlockCache, clock: ManualClock, failures: CoreCacheError[]) {
    this.tree = tree;
    this.blockCache = blockCache;
    this.clock = clock;
    this.failures = failures;
  }

  static async open({
    fileSystem = new CrashableFileSystem(),
    clock = new ManualClock(),
    logger = new MemoryLogger(),
    options = {},
    cacheBytesMax = 1 << 20,
    mappedBytesMax = 0,
    directory = DIRECTORY,
    background = 'inline',
    createIfMissing = true,
    onFlushed = () => undefined,
  }: TreeSetting = {}): Promise<TreeUnderTest> {
    const failures: CoreCacheError[] = [];
    const blockCache = new BlockCache(cacheBytesMax, mappedBytesMax);
    const tree = await Tree.open({
      environment: { fileSystem, clock, logger, randomness: new SeededRandomness(1) },
      directory,
      options: { ...tinyOptions, ...options },
      background,
      blockCache,
      createIfMissing,
      onFlushed,
      onFailure: (error) => failures.push(error),
    });
    return new TreeUnderTest(tree, blockCache, clock, failures);
  }

  /** By reads of the tree; flushes and compactions have caches of their own. */
  get blocksRead(): number {
    return this.blockCache.misses;
  }

  get cacheBytes(): number {
    return this.blockCache.bytes;
  }

  get mappedBytes(): number {
    return this.blockCache.mappings.bytes;
  }

  /** Reads that a row answered. */
  get rowHits(): number {
    return this.blockCache.rowHits;
  }

  put(key: string, value: string, expiresAtMs: number = NEVER_EXPIRES): void {
    this.write([put(key, value, expiresAtMs)]);
  }

  delete(key: string): void {
    this.write([remove(key)]);
  }

  write(operations: readonly BatchOperation[]): void {
    this.tree.apply(this.tree.lastSequence + 1, this.tree.lastEpoch, encodeBatch(operations, this.clock.now()));
  }

  /** By blocking calls. */
  get(key: string, atSequence?: number): string | undefined {
    const search = new PointSearch();
    const state = this.tree.find(search, bytes(key), hashKey(bytes(key)), atSequence);
    const isFound = state === FindState.unloaded ? search.finishSync() : state === FindState.found;
    return isFound ? this.#valueOf(search.entry) : undefined;
  }

  /** From memory when it can, off the event loop otherwise. */
  async load(key: string, atSequence?: number): Promise<string | undefined> {
    const search = new PointSearch();
    const state = this.tree.find(search, bytes(key), hashKey(bytes(key)), atSequence);
    if (state === FindState.unloaded) return await search.finish((entry) => this.#valueOf(entry));
    return state === FindState.found ? this.#valueOf(search.entry) : undefined;
  }

  /**
   * All at once as far as that goes, the rest by blocking calls. `foundTogether` counts those whose version was found with
   * the others.
   */
  getTogether(keys: readonly string[], atSequence = Number.MAX_SAFE_INTEGER): (string | undefined)[] {
    const search = new GroupSearch();
    const group = {
      count: keys.length,
      keys: keys.map(bytes),
      hashes: Int32Array.from(keys, (key) => hashKey(bytes(key))),
      atSequences: new Float64Array(keys.length).fill(atSequence),
    };
    const values = new Array<string | undefined>(keys.length).fill(undefined);
    this.tree.findGroup(search, group, (number, entry) => {
      this.foundTogether++;
      values[number] = this.#valueOf(entry);
    });
    return keys.map((key, i) => (search.states[i] === FindState.unloaded ? this.get(key, atSequence) : values[i]));
  }

  /** `key=value` of all that is visible. */
  scan({ range = EVERY_KEY, atSequence, isReverse = false }: ScanSetting = {}): string[] {
    const iterator = this.tree.iterator({ range, atSequence, nowMs: this.clock.now() });
    try {
      return drain(iterator, isReverse);
    } finally {
      iterator.close();
    }
  }

  close(): Promise<void> {
    return this.tree.close();
  }

  #valueOf(entry: Entry): string | undefined {
    if (isAbsent(entry, this.clock.now())) return undefined;
    return Buffer.from(entry.valueBytes.subarray(entry.valueStart, entry.valueEnd)).toString('latin1');
  }
}

export interface ScanSetting {
  readonly range?: KeyRange;
  readonly atSequence?: number | undefined;
  readonly isReverse?: boolean;
}

export function drain(iterator: ReturnType<Tree['iterator']>, isReverse = false): string[] {
  const found: string[] = [];
  if (isReverse) iterator.seekToLast();
  else iterator.seekToFirst();
  for (;;) {
    while (iterator.state === CursorState.unloaded) iterator.loadSync();
    if (iterator.state === CursorState.end) return found;
    const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd } = iterator.entry;
    const key = Buffer.from(keyBytes.subarray(keyStart, keyEnd)).toString('latin1');
    found.push(`${key}=${Buffer.from(valueBytes.subarray(valueStart, valueEnd)).toString('latin1')}`);
    if (isReverse) iterator.previous();
    else iterator.next();
  }
}

export function put(key: string, value: string, expiresAtMs: number = NEVER_EXPIRES): BatchOperation {
  return { operation: Operation.put, key: bytes(key), value: bytes(value), expiresAtMs, contentType: '' };
}

export function remove(key: string): BatchOperation {
  return { operation: Operation.delete, key: bytes(key), expiresAtMs: NEVER_EXPIRES, contentType: '' };
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
