import { join } from 'node:path';
import { compareBytes } from '../../base/bytes.js';
import { corruption, isCoreCacheError } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import type { BlockCache } from '../cache/block-cache.js';
import type { PieceSlots } from '../cache/pooled-entry.js';
import type { Cursor } from '../iterator/cursor.js';
import type { Walk } from '../iterator/walk.js';
import type { Block } from './block/block.js';
import { spareBlocks } from './block/spare-blocks.js';
import { BLOCK_TRAILER_BYTES } from './block/block-format.js';
import type { BlockRun, BlockSource } from './read/block-source.js';
import { EntryCoder } from './block/entry-coder.js';
import { firstBytes } from './read/first-bytes.js';
import { readIndex, readIndexSync, type TableIndex } from './index/index-file.js';
import type { IndexPage } from './index/index-page.js';
import { PassingRun } from './read/passing-run.js';
import { SharedLoads, type Waiter } from './read/shared-loads.js';
import { TableCursor } from './read/table-cursor.js';
import { TablePages } from './read/table-pages.js';
import type { TableSummary } from './table-summary.js';
import { unpackBlock } from './block/unpack-block.js';

/**
 * An open table: both its files open, of its index the root in memory, its index pages and blocks read on demand and
 * kept in the cache.
 *
 * Block numbers index an array of what the cache holds of this table. The cache empties slots as it needs room, and the
 * memory of a block that has left it is used again: so a block taken from a slot is held by who keeps it. Where a block
 * is stands in its page, which need not be in memory to find the block in its slot.
 */
export class Table implements BlockSource {
  readonly path: string;
  readonly index: TableIndex;
  /** That of the index: asked by each read. */
  readonly root: IndexPage;
  /** How many first bytes all its keys have in common. */
  readonly sharedLength: number;
  readonly coder: EntryCoder;
  readonly pages: TablePages;
  readonly #file: ReadableFile;
  readonly #cache: BlockCache;
  readonly #slots: PieceSlots<Block>;
  readonly #loads = new SharedLoads<Block>();

  private constructor(file: ReadableFile, pages: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.path = file.path;
    this.index = index;
    this.root = index.root;
    this.sharedLength = sharedLength(index.summary.firstKey, index.summary.lastKey);
    this.coder = new EntryCoder(index.base, file.path);
    this.pages = new TablePages(pages, index, cache);
    this.#file = file;
    this.#cache = cache;
    this.#slots = {
      pieces: new Array<Block | undefined>(index.blockCount).fill(undefined),
      freed: (block) => {
        cache.giveBuffer(block.bytes);
        spareBlocks.give(block);
      },
    };
  }

  /**
   * Reads the end of the index file, and looks at the size of the data file.
   * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`, or of the file system
   */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    fileNumber: FileNumber,
    cache: BlockCache,
  ): Promise<Table> {
    const pages = await fileSystem.openReader(join(directory, indexFile(fileNumber)));
    let file: ReadableFile | undefined;
    try {
      const index = await readIndex(pages);
      file = await fileSystem.openReader(join(directory, dataFile(fileNumber)));
      checkIdentity(index, pages.path, file, fileNumber);
      return new Table(file, pages, index, cache);
    } catch (error) {
      await pages.close();
      await file?.close();
      throw error;
    }
  }

  /** As `open`, on this thread. */
  static openSync(fileSystem: FileSystem, directory: string, fileNumber: FileNumber, cache: BlockCache): Table {
    const pages = fileSystem.openReaderSync(join(directory, indexFile(fileNumber)));
    let file: ReadableFile | undefined;
    try {
      const index = readIndexSync(pages);
      file = fileSystem.openReaderSync(join(directory, dataFile(fileNumber)));
      checkIdentity(index, pages.path, file, fileNumber);
      return new Table(file, pages, index, cache);
    } catch (error) {
      pages.closeSync();
      file?.closeSync();
      throw error;
    }
  }

  get summary(): TableSummary {
    return { ...this.index.summary, indexBytes: this.index.byteLength };
  }

  /** Memory that the open table takes without its pages and blocks. */
  get memoryBytes(): number {
    return this.index.memoryBytes + (this.blockCount + this.index.root.childCount) * SLOT_BYTES;
  }

  get blockCount(): number {
    return this.index.blockCount;
  }

  /** Over the keys of `walk` at the least: a walk out of it may end early. */
  cursor(walk?: Walk): Cursor {
    return new TableCursor(this, walk);
  }

  /** A block when it is in memory. */
  cachedBlock(number: number): Block | undefined {
    const block = this.#slots.pieces[number];
    if (block === undefined) return undefined;
    block.isReferenced = true;
    this.#cache.hits++;
    return block;
  }

  /** See `BlockSource`. */
  run(page: IndexPage, number: number, readAhead: number): BlockRun {
    const end = readAhead === 0 ? number : this.#endOfRun(number, this.#farthest(page, number, readAhead));
    return this.#runTo(page, number, end);
  }

  /** See `BlockSource`. */
  passingRun(page: IndexPage, number: number, readAhead: number, isGivenAway: boolean): PassingRun | undefined {
    const run = this.#runTo(page, number, this.#farthest(page, number, readAhead));
    const { position, length } = run;
    if (!this.#lacksMost(run) || !this.#file.answersAtOnce(length) || !this.#cache.beginPassing(length))
      return undefined;
    const bytes = this.#cache.takeBuffer(length);
    const freed = (): void => this.#cache.endPassing(bytes);
    this.#cache.misses++;
    let bytesRead: number;
    try {
      bytesRead = this.#file.readSync(firstBytes(bytes, length), position);
    } catch (error) {
      freed();
      throw error;
    }
    return new PassingRun(Math.min(number, run.end), Math.max(number, run.end), {
      path: this.path,
      fileNumber: this.index.summary.fileNumber,
      page,
      pageStart: this.#pageStart(number),
      read: firstBytes(bytes, bytesRead),
      position,
      isGivenAway,
      freed,
    });
  }

  blockSync(run: BlockRun): Block {
    const { number, page } = run;
    const cached = this.cachedBlock(number);
    if (cached !== undefined) {
      cached.hold();
      return cached;
    }
    const alone = page === undefined ? run : this.run(page, number, 0);
    return this.#readSync(alone);
  }

  /** See `BlockSource`. */
  readNow(run: BlockRun): Block | undefined {
    return this.#file.answersAtOnce(run.length) ? this.#readSync(run) : undefined;
  }

  /** See `BlockSource`. Loads of one block that overlap share one read. */
  load(run: BlockRun, waiter: Waiter<Block>): void {
    const { number, position, length, page } = run;
    const cached = this.cachedBlock(number);
    if (cached !== undefined) {
      waiter.loaded(cached);
      return;
    }
    if (!this.#loads.begin(number, waiter)) return;
    this.#cache.misses++;
    const bytes = this.#cache.takeBuffer(length);
    page?.hold();
    const end = (take: () => Block): void => {
      this.#loads.end(number, take);
      page?.release();
    };
    const target = firstBytes(bytes, length);
    this.#file.read(target, position).then(
      (bytesRead) => end(() => this.#keepRun(run, bytes, target, bytesRead)),
      (error: unknown) => end(() => this.#fail(bytes, error)),
    );
  }

  /** Gives back files, pages and blocks. No load may be under way. */
  closeSync(): void {
    for (const block of this.#slots.pieces) {
      if (block === undefined) continue;
      this.#cache.remove(block);
      block.evict();
    }
    this.pages.closeSync();
    this.#file.closeSync();
  }

  /** Reads `target.length` bytes of the data file at `position`, past the cache. @throws CoreCacheError `CORRUPTION` */
  async readData(target: Uint8Array, position: number): Promise<void> {
    const bytesRead = await this.#file.read(target, position);
    if (bytesRead !== target.length) throw corruption(this.path, position, 'file ends within a block');
  }

  #pageStart(number: number): number {
    return number - (number % this.index.pageBlocks);
  }

  /** The block that a run may go to at most, either way: within the page. */
  #farthest(page: IndexPage, number: number, readAhead: number): number {
    const first = this.#pageStart(number);
    return Math.min(Math.max(first, number + readAhead), first + page.childCount - 1);
  }

  #runTo(page: IndexPage, number: number, end: number): BlockRun {
    const first = this.#pageStart(number);
    const position = page.position(Math.min(number, end) - first);
    const length = page.end(Math.max(number, end) - first) - position;
    return { number, end, position, length, page: end === number ? undefined : page };
  }

  /** True when at least half of its blocks are not in memory: else it is better to read those that are not. */
  #lacksMost({ number, end }: BlockRun): boolean {
    const last = Math.max(number, end);
    let balance = 0;
    for (let i = Math.min(number, end); i <= last; i++) balance += this.#slots.pieces[i] === undefined ? 1 : -1;
    return balance >= 0;
  }

  /** The last block of a run from `number` up to `farthest`, either way, of which none is in memory or on its way. */
  #endOfRun(number: number, farthest: number): number {
    const step = Math.sign(farthest - number);
    let end = number;
    while (end !== farthest && this.#slots.pieces[end + step] === undefined && !this.#loads.has(end + step))
      end += step;
    return end;
  }

  #readSync(run: BlockRun): Block {
    this.#cache.misses++;
    const bytes = this.#cache.takeBuffer(run.length);
    const target = firstBytes(bytes, run.length);
    let bytesRead: number;
    try {
      bytesRead = this.#file.readSync(target, run.position);
    } catch (error) {
      this.#fail(bytes, error);
    }
    return this.#keepRun(run, bytes, target, bytesRead);
  }

  #fail(bytes: Uint8Array, error: unknown): never {
    this.#cache.giveBuffer(bytes);
    throw error;
  }

  /**
   * Keeps the blocks of a run that was read into `target`, the beginning of `bytes`, each in memory of its own, so that the cache may drop them
   * one by one. The farthest first: in a cache too small for all, those stay that are needed next. The first is held
   * for the caller.
   */
  #keepRun(run: BlockRun, bytes: Uint8Array, target: Uint8Array, bytesRead: number): Block {
    const { number, end, page, position } = run;
    // A synchronous read may have been faster. Held from here on: what is kept ahead could push it out.
    const present = this.#slots.pieces[number];
    if (page === undefined && present === undefined) return this.#keep(number, position, bytes, target, bytesRead);
    present?.hold();
    const read = bytes.subarray(0, bytesRead);
    const step = Math.sign(number - end);
    try {
      for (let ahead = end; ahead !== number; ahead += step) {
        if (this.#slots.pieces[ahead] === undefined) this.#keepAhead(ahead, run, read);
      }
      return present ?? this.#keepCopy(number, run, read);
    } catch (error) {
      present?.release();
      throw error;
    } finally {
      this.#cache.giveBuffer(bytes);
    }
  }

  /** A block ahead that is damaged is left for when it is asked for: then, if ever, it is an error. */
  #keepAhead(number: number, run: BlockRun, read: Uint8Array): void {
    try {
      this.#keepCopy(number, run, read).release();
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    }
  }

  /** Keeps a copy of a block out of the bytes read of a run; held for the caller. */
  #keepCopy(number: number, run: BlockRun, read: Uint8Array): Block {
    const page = run.page!;
    const child = number % this.index.pageBlocks;
    const position = page.position(child);
    const length = page.end(child) - position;
    const bytes = this.#cache.takeBuffer(length);
    const there = read.subarray(position - run.position, position - run.position + length);
    bytes.set(there);
    return this.#keep(number, position, bytes, firstBytes(bytes, length), there.length);
  }

  /**
   * Takes over `bytes`, of which the beginning is `stored`, a block as far as it was read. The block is held for the
   * caller.
   */
  #keep(number: number, position: number, bytes: Uint8Array, stored: Uint8Array, bytesRead: number): Block {
    try {
      if (bytesRead !== stored.length) throw corruption(this.path, position, 'file ends within a block');
      const unpacked = unpackBlock(stored, this.path, this.index.summary.fileNumber, position);
      const contentBytes = unpacked?.length ?? stored.length - BLOCK_TRAILER_BYTES;
      const contents = unpacked ?? bytes;
      const block = spareBlocks.make(contents, contentBytes, this.#slots, number, this.path, position);
      if (unpacked !== undefined) this.#cache.giveBuffer(bytes);
      // A cache too small for it drops it at once.
      block.hold();
      this.#slots.pieces[number] = block;
      this.#cache.insert(block);
      return block;
    } catch (error) {
      this.#fail(bytes, error);
    }
  }
}

/** A reference in an array. */
const SLOT_BYTES = 8;

function sharedLength(first: Uint8Array, last: Uint8Array): number {
  const shorter = Math.min(first.length, last.length);
  let shared = 0;
  while (shared < shorter && first[shared] === last[shared]) shared++;
  return shared;
}

function checkIdentity(index: TableIndex, indexPath: string, file: ReadableFile, fileNumber: FileNumber): void {
  const { summary } = index;
  if (summary.fileNumber !== fileNumber) {
    throw corruption(indexPath, 0, `is the index of table ${summary.fileNumber}`);
  }
  if (file.size !== summary.dataBytes) {
    throw corruption(file.path, undefined, `has ${file.size} bytes, ${summary.dataBytes} were written`);
  }
  if (compareBytes(summary.firstKey, summary.lastKey) > 0) {
    throw corruption(indexPath, 0, 'first key is after the last');
  }
}
