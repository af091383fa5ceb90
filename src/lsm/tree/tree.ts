import { assert } from '../../base/assert.js';
import type { CoreCacheError } from '../../base/errors.js';
import type { Timer } from '../../env/clock.js';
import type { Environment } from '../../env/environment.js';
import { Compactor } from '../background/compactor.js';
import { Flusher } from '../background/flusher.js';
import { QuietWatch } from '../background/quiet-watch.js';
import { TreeCore } from '../background/tree-core.js';
import type { BlockCache } from '../cache/block-cache.js';
import { RowCache } from '../cache/row-cache.js';
import { TableCache } from '../cache/table-cache.js';
import { checkpointTree } from './checkpoint-tree.js';
import { InlineExecutor } from '../compaction/inline-executor.js';
import { WorkerExecutor } from '../compaction/worker-executor.js';
import { KnownGaps } from '../gaps/known-gaps.js';
import { copyOfRange, EVERY_KEY, type KeyRange } from '../iterator/key-range.js';
import { VisibleIterator } from '../iterator/visible-iterator.js';
import { HandOut, type Walk } from '../iterator/walk.js';
import { LiveVersions, type LiveSources, type LiveVersion } from './live-version.js';
import { Memtable } from '../memtable/memtable.js';
import type { PointSearch } from './point-search.js';
import type { TreeSnapshot } from './snapshot-list.js';
import { codecFor } from '../sstable/codec/codec-table.js';
import type { FindState } from '../sstable/read/find-state.js';
import type { GroupSearch, KeyGroup, TakeFound } from './group-search.js';
import { HeldValues, stateCursor } from './state-cursor.js';
import { openTreeDirectory } from './tree-directory.js';
import type { TreeOptions } from '../tree-options.js';
import { ValueFiles } from '../value-file/value-files.js';
import { treeStats } from './summarize-tree.js';
import type { TreeStats } from './tree-stats.js';
import { verifyTree, type TreeVerifyReport } from './verify-tree.js';

export type { TreeSnapshot };

export interface TreeOpening {
  readonly environment: Environment;
  /** Made when it is not there. The one that holds it is there, and on the device. */
  readonly directory: string;
  readonly options: TreeOptions;
  /** Where flush and compaction run: in worker threads over the real files, or in slices between other work. */
  readonly background: 'workers' | 'inline';
  /** Shared by all trees of the process. */
  readonly blockCache: BlockCache;
  /** Make the tree when the directory holds none. */
  readonly createIfMissing: boolean;
  /** Everything up to `flushedSequence` is in tables, on the device, for good: the log may let it go. */
  readonly onFlushed?: (flushedSequence: number) => void;
  /** Something failed in the background. Reads go on; `untilWritable` refuses when it must. */
  readonly onFailure?: (error: CoreCacheError) => void;
}

export interface TreeIteratorOptions {
  readonly range: KeyRange;
  /** A held snapshot's; the last sequence when absent. */
  readonly atSequence?: number | undefined;
  /** What has expired by then is not shown. */
  readonly nowMs: number;
  /** Values that are not in their tables are not read: the window of such an entry holds no value. */
  readonly keysOnly?: boolean;
}

/** Descriptors of one tree: far from the usual limit of a process, and more than the levels that one read touches. */
const OPEN_TABLES_MAX = 512;

/**
 * A log-structured merge tree. It knows no log: what it is given is durable elsewhere until `onFlushed` says that it
 * need not be any more.
 *
 * **One state, one assignment.** Everything a read looks at is one immutable `TreeState`: active memtable, sealed
 * memtables, version. Sealing, flushing and compacting each end in putting a new one in its place. All of that, and each
 * step of a read, are synchronous turns of one thread; so a read that ends in its turn needs no lock and no pin, and one
 * that waits for the disk holds the version it began with. It sees what was there when it began, whole: the memtables of
 * its state only grow by sequences that it does not look at, and the tables of its version stay on disk.
 *
 * **Writes never wait here.** `apply` is called when the record is in the log, and cannot be refused any more. A memtable
 * without room is sealed and a new one put in front in the same turn; a record too large for any gets one of its own
 * size. Keeping the number of sealed memtables within bounds is the part of `untilWritable`, before the log.
 *
 * **Order.** Records come with sequences that rise by one, in one epoch or a higher one. Memtables are sealed in that
 * order, flushed in that order, and versions of a key lie the newer the higher: active, sealed, level 0, the levels
 * below. A point read may therefore stop at the first version it finds at or below its sequence.
 *
 * **The event loop** does no merging and no blocking I/O for flush and compaction: with `workers` both run in threads of
 * their own and come back with summaries. What is left here is choosing, one small manifest write and the swap.
 */
export class Tree {
  readonly directory: string;
  readonly #core: TreeCore;
  readonly #flusher: Flusher;
  readonly #compactor: Compactor;
  readonly #sources: LiveSources;
  readonly #gaps = new KnownGaps(() => this.#lastSequence);
  /** Checkpoints and verifications under way. */
  readonly #walks = new Set<Promise<unknown>>();
  #lastSequence: number;
  #lastEpoch: number;
  #age: Timer | undefined = undefined;
  readonly #quiet: QuietWatch;
  #awaitsQuiet = false;

  private constructor(core: TreeCore, sources: LiveSources) {
    this.directory = core.directory;
    this.#core = core;
    this.#sources = sources;
    this.#flusher = new Flusher(core);
    this.#compactor = new Compactor(core);
    this.#lastSequence = core.manifest.version.flushedSequence;
    this.#lastEpoch = core.manifest.version.lastEpoch;
    const { environment, options, stall } = core;
    this.#quiet = new QuietWatch(environment.clock, options.settleAfterMs, () => stall.bytesCharged);
    core.onCompactable = () => this.#compactor.wake();
  }

  /** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT`, `CODEC_MISSING`, and then nothing has been changed */
  static async open(opening: TreeOpening): Promise<Tree> {
    const { environment, directory, options, background, blockCache } = opening;
    const { fileSystem, clock, logger } = environment;
    // Told now, and not by the first flush that fails.
    codecFor(options.compression)?.load();
    const manifest = await openTreeDirectory(fileSystem, directory, opening.createIfMissing, logger);
    const sources: LiveSources = {
      tableCache: new TableCache({ fileSystem, blockCache, openTablesMax: OPEN_TABLES_MAX }),
      values: new ValueFiles(fileSystem, directory),
      rows: new RowCache(blockCache),
    };
    const core = new TreeCore({
      environment,
      directory,
      options,
      manifest,
      versions: new LiveVersions(fileSystem, directory, sources, logger),
      executor: background === 'workers' ? new WorkerExecutor(clock) : new InlineExecutor(fileSystem, clock),
      mappings: blockCache.mappings,
      onFlushed: opening.onFlushed ?? (() => undefined),
      onFailure: opening.onFailure ?? (() => undefined),
    });
    const tree = new Tree(core, sources);
    // Not while the manifest's end is in doubt: the first commit must not come before the log has been looked at.
    if (!manifest.hasTornTail) tree.#compactor.wake();
    return tree;
  }

  /** Of the last record applied or advanced over. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** Everything up to here is in tables. */
  get flushedSequence(): number {
    return this.#core.state.live.version.flushedSequence;
  }

  /** Why nothing is flushed any more: `POISONED`, after a failed manifest write. */
  get failure(): CoreCacheError | undefined {
    return this.#core.isClosed ? undefined : this.#core.manifest.failure;
  }

  /**
   * Makes the operations of a record readable, all in one step. The record is in the log.
   * @throws CoreCacheError of `BatchReader`; nothing was applied
   */
  apply(sequence: number, epoch: number, batch: Uint8Array): void {
    this.#requireNext(sequence, epoch);
    const { memtableBytesMax, memtableRecordsMax } = this.#core.options;
    if (!this.#gaps.isIdle) this.#gaps.notice(batch);
    let span = this.#core.state.active;
    if (!span.memtable.apply(sequence, epoch, batch)) {
      this.#seal(Math.max(memtableBytesMax, Memtable.capacityFor(batch)));
      span = this.#core.state.active;
      assert(span.memtable.apply(sequence, epoch, batch), 'a record fits a memtable made for it');
    }
    this.#passed(sequence, epoch);
    this.#core.stall.charge(batch.length);
    const { bytesUsed, entryCount } = span.memtable;
    if (bytesUsed >= memtableBytesMax || (memtableRecordsMax > 0 && entryCount >= memtableRecordsMax)) {
      this.#seal();
      return;
    }
    this.#core.grown();
    if (this.#age === undefined) this.#startAge();
    if (!this.#awaitsQuiet && this.#core.isActiveWorthFlushing) this.#awaitQuiet();
  }

  /** Passes a record that has no operations. */
  advance(sequence: number, epoch: number): void {
    this.#requireNext(sequence, epoch);
    this.#passed(sequence, epoch);
  }

  /** False when a write should wait: then await `untilWritable`. */
  get isWritable(): boolean {
    return this.#core.stall.isWritable;
  }

  /**
   * Resolves when a write may go in.
   * @throws CoreCacheError when waiting is no use: `POISONED`, `CLOSED`, or what flush or compaction keep failing of
   */
  untilWritable(): Promise<void> {
    return this.#core.stall.untilWritable();
  }

  /**
   * Looks for the newest version of the key at or below `atSequence` (a held snapshot's; the newest there is when
   * absent), as far as that needs no waiting. Deletes and expired values are versions too: see `isAbsent`. When
   * `unloaded`, the disk is needed: go on with the search. `hash` is `hashKey(key)`. @throws CoreCacheError
   * `CORRUPTION`
   */
  find(search: PointSearch, key: Uint8Array, hash: number, atSequence: number = Number.MAX_SAFE_INTEGER): FindState {
    return search.begin(this.#core.state, key, hash, atSequence);
  }

  /** As `find`, for many keys at once: see `GroupSearch`. @throws what `GroupSearch.find` does */
  findGroup(search: GroupSearch, group: KeyGroup, take: TakeFound): void {
    search.find(this.#core.state, group, take);
  }

  /** What is visible of a range, of one moment. Holds the state it was made of until it is closed. */
  iterator({ range, atSequence = this.#lastSequence, nowMs, keysOnly }: TreeIteratorOptions): VisibleIterator {
    const own = copyOfRange(range);
    const { state } = this.#core;
    const values = keysOnly === true ? undefined : new HeldValues(state.live);
    // Not by spreading: the object that V8 makes then is slow to make, and slow to look at in every cursor.
    const walk: Walk = { start: own.start, end: own.end, handOut: keysOnly === true ? undefined : new HandOut() };
    const cursor = stateCursor(state, walk);
    return new VisibleIterator(cursor, walk, atSequence, nowMs, this.#gaps, values);
  }

  /** Keeps what is visible now visible to reads at its sequence, until it is released. */
  takeSnapshot(): TreeSnapshot {
    return this.#core.snapshots.take(this.#lastSequence);
  }

  /** Resolves when all that was applied before the call is in tables. @throws CoreCacheError when the try failed */
  async flush(): Promise<void> {
    const sequence = this.#lastSequence;
    if (this.#core.state.active.lastSequence > this.#newestSealedSequence()) this.#seal();
    await this.#flusher.flushed(sequence);
  }

  /** Brings all of a range to the last level and drops what nobody can see. @throws CoreCacheError what stood in the way */
  async compact(range: KeyRange = EVERY_KEY): Promise<void> {
    await this.flush();
    const { manifest } = this.#core;
    const throughSequence = manifest.version.flushedSequence;
    await this.#compactor.compact({ range, throughSequence, beforeFileNumber: manifest.allocate() });
  }

  /**
   * Makes a tree in `directory` of what is in tables now. Shares the files by hard links, and so must be on the same
   * device.
   * @returns how far the history in it goes
   */
  checkpoint(directory: string): Promise<{ readonly flushedSequence: number; readonly lastEpoch: number }> {
    return this.#overVersion(async (live) => {
      await checkpointTree(this.#core.environment.fileSystem, this.directory, live, directory);
      return { flushedSequence: live.version.flushedSequence, lastEpoch: live.version.lastEpoch };
    });
  }

  /**
   * Reads every file. Problems are in the report; thrown is what is no fault of a file.
   * @throws CoreCacheError `CLOSED` when the tree is closed before the last file
   */
  verify(): Promise<TreeVerifyReport> {
    const core = this.#core;
    return this.#overVersion((live) =>
      verifyTree({
        fileSystem: core.environment.fileSystem,
        directory: this.directory,
        live,
        manifest: core.manifest,
        throwIfClosed: () => {
          const { isClosed, unavailable } = core;
          if (isClosed && unavailable !== undefined) throw unavailable;
        },
      }),
    );
  }

  stats(): TreeStats {
    return treeStats(this.#core, this.#flusher, this.#compactor, {
      lastSequence: this.#lastSequence,
      lastEpoch: this.#lastEpoch,
      gaps: this.#gaps.stats,
    });
  }

  /** Cuts off what runs in the background. Flushes nothing: the log has it. Iterators are closed before. */
  async close(): Promise<void> {
    if (this.#core.isClosed) return;
    this.#core.isClosed = true;
    this.#age?.cancel();
    this.#quiet.cancel();
    this.#core.stall.wake();
    await Promise.all([this.#flusher.close(), this.#compactor.close()]);
    await Promise.allSettled(this.#walks);
    await this.#core.executor.close();
    this.#core.releaseMemtables();
    await this.#core.manifest.close();
    await this.#core.versions.close();
    this.#sources.tableCache.close();
    this.#sources.values.close();
    this.#sources.rows.close();
  }

  /** Holds the present version for work of many turns, and lets closing wait for it. */
  async #overVersion<T>(work: (live: LiveVersion) => Promise<T>): Promise<T> {
    const live = this.#core.state.live.retain();
    const walk = work(live);
    this.#walks.add(walk);
    try {
      return await walk;
    } finally {
      this.#walks.delete(walk);
      live.release();
    }
  }

  #requireNext(sequence: number, epoch: number): void {
    // Each record comes by here, and V8 keeps the string that a number has been made into for a while.
    if (sequence === this.#lastSequence + 1 && epoch >= this.#lastEpoch) return;
    assert(sequence === this.#lastSequence + 1, `record ${sequence} follows ${this.#lastSequence}`);
    assert(epoch >= this.#lastEpoch, `epoch ${epoch} follows ${this.#lastEpoch}`);
  }

  #passed(sequence: number, epoch: number): void {
    const { active } = this.#core.state;
    active.lastSequence = this.#lastSequence = sequence;
    active.lastEpoch = this.#lastEpoch = epoch;
  }

  #newestSealedSequence(): number {
    return this.#core.state.sealed[0]?.lastSequence ?? this.flushedSequence;
  }

  #seal(capacityBytes = this.#core.options.memtableBytesMax): void {
    this.#age?.cancel();
    this.#age = undefined;
    this.#core.seal(capacityBytes);
    this.#flusher.wake();
  }

  #startAge(): void {
    const { options, environment, isClosed } = this.#core;
    if (options.memtableAgeMsMax === 0 || isClosed) return;
    this.#age = environment.clock.setTimer(options.memtableAgeMsMax, () => this.#seal());
  }

  /** Seals the active memtable when writes pause, if it is still worth it then. */
  #awaitQuiet(): void {
    if (this.#core.isClosed) return;
    this.#awaitsQuiet = true;
    this.#quiet.await(() => {
      this.#awaitsQuiet = false;
      if (!this.#core.isActiveWorthFlushing) return;
      if (this.#quiet.isQuiet()) this.#seal();
      else this.#awaitQuiet();
    });
  }
}
