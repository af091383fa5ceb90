import { corruption, isCoreCacheError } from '../../../base/errors.js';
import type { ReadableFile } from '../../../env/file-system.js';
import type { Block } from '../block/block.js';
import { BLOCK_TRAILER_BYTES } from '../block/block-format.js';
import { spareBlocks } from '../block/spare-blocks.js';
import { unpackBlock } from '../block/unpack-block.js';
import type { BlockCache } from '../../cache/block-cache.js';
import type { PieceSlots } from '../../cache/pooled-entry.js';
import type { TableIndex } from '../index/index-file.js';
import type { IndexPage } from '../index/index-page.js';
import { firstBytes } from './first-bytes.js';
import { MappedBlocks } from './mapped-blocks.js';
import { PassingRun } from './passing-run.js';
import { SharedLoads, type Waiter } from './shared-loads.js';
import { TableMapping } from './table-mapping.js';
import type { BlockRun, BlockSource } from './table-source.js';

/**
 * The blocks of an open table, read on demand and kept in the cache one by one.
 *
 * Block numbers index an array of what the cache holds of this table. The cache empties slots as it needs room, and the
 * memory of a block that has left it is used again: so a block taken from a slot is held by who keeps it. Where a block
 * is stands in its page, which need not be in memory to find the block in its slot.
 *
 * Once the file is mapped nothing is read, and a block that is not compressed is in no slot. A look for a key goes to where
 * it lies (`isInPlace`); a cursor gets a block for itself alone that stands over the bytes of the file.
 */
export class TableBlocks implements BlockSource {
  readonly #file: ReadableFile;
  readonly #index: TableIndex;
  readonly #cache: BlockCache;
  readonly #slots: PieceSlots<Block>;
  /** Of the slots: a look by each read. */
  readonly #pieces: (Block | undefined)[];
  readonly #loads = new SharedLoads<Block>();
  readonly #mapping: TableMapping;
  readonly #mapped: MappedBlocks;

  constructor(file: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.#file = file;
    this.#index = index;
    this.#cache = cache;
    this.#pieces = new Array<Block | undefined>(index.blockCount).fill(undefined);
    this.#slots = {
      pieces: this.#pieces,
      freed: (block) => {
        cache.giveBuffer(block.bytes);
        spareBlocks.give(block);
      },
    };
    this.#mapping = new TableMapping(file, index.blockCount, cache.mappings);
    this.#mapped = new MappedBlocks(file.path, index.summary.fileNumber, index.blockCount);
  }

  cached(number: number): Block | undefined {
    const block = this.#pieces[number];
    if (block === undefined) return undefined;
    block.isReferenced = true;
    this.#cache.hits++;
    return block;
  }

  /**
   * Whether a look for a key may go to where the block lies in `mapped`, by `findInPlace`; it is counted as one. A block
   * that nobody has looked at is checked.
   * @param page which the block is in
   * @throws CoreCacheError `CORRUPTION`
   */
  isInPlace(page: IndexPage, number: number): boolean {
    const mapped = this.#mapping.bytes;
    if (mapped === undefined) return false;
    if (this.#mapped.isUnknown(number)) {
      const child = number - this.#pageStart(number);
      this.#checkMapped(mapped, number, page.position(child), page.end(child))?.release();
      return this.#mapped.isDirected(number);
    }
    return this.wasInPlace(number);
  }

  /** The same of a block that was looked at before; of others it is false. */
  wasInPlace(number: number): boolean {
    if (this.#mapping.bytes === undefined || !this.#mapped.isDirected(number)) return false;
    this.#cache.hits++;
    return true;
  }

  /** The data file, once it is mapped. */
  get mapped(): Uint8Array | undefined {
    return this.#mapping.bytes;
  }

  run(page: IndexPage, number: number, readAhead: number): BlockRun {
    const isAlone = readAhead === 0 || this.#mapping.bytes !== undefined;
    const end = isAlone ? number : this.#endOfRun(number, this.#farthest(page, number, readAhead));
    return this.#runTo(page, number, end);
  }

  passingRun(page: IndexPage, number: number, readAhead: number): PassingRun | undefined {
    if (this.#mapping.bytes !== undefined) return undefined;
    const run = this.#runTo(page, number, this.#farthest(page, number, readAhead));
    const { position, length } = run;
    if (!this.#lacksMost(run)) return undefined;
    if (!this.#file.answersAtOnce(length)) return undefined;
    const bytes = this.#cache.beginPassing(length);
    if (bytes === undefined) return undefined;
    const freed = (): void => this.#cache.endPassing(bytes);
    let bytesRead: number;
    try {
      bytesRead = this.#file.readSync(firstBytes(bytes, length), position);
    } catch (error) {
      freed();
      throw error;
    }
    return this.#passing(run, page, firstBytes(bytes, bytesRead), freed);
  }

  readSync(run: BlockRun): Block {
    const { number, page } = run;
    const cached = this.cached(number);
    if (cached !== undefined) {
      cached.hold();
      return cached;
    }
    const alone = page === undefined ? run : this.run(page, number, 0);
    return this.#readSync(alone);
  }

  readNow(run: BlockRun): Block | undefined {
    const isAtOnce = this.#mapping.bytes !== undefined || this.#file.answersAtOnce(run.length);
    return isAtOnce ? this.#readSync(run) : undefined;
  }

  /** Loads of one block that overlap share one read. */
  load(run: BlockRun, waiter: Waiter<Block>): void {
    const { number, position, length, page } = run;
    const cached = this.cached(number);
    if (cached !== undefined) {
      waiter.loaded(cached);
      return;
    }
    if (this.#mapping.bytes !== undefined) {
      this.#loadMapped(run, waiter);
      return;
    }
    if (!this.#loads.begin(number, waiter)) return;
    this.#missed();
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

  /** Gives back the file and all blocks. No load may be under way. */
  closeSync(): void {
    for (const block of this.#pieces) {
      if (block === undefined) continue;
      this.#cache.remove(block);
      block.evict();
    }
    this.#mapping.close();
    this.#file.closeSync();
  }

  #missed(): void {
    this.#cache.misses++;
    this.#mapping.missed();
  }

  #passing(run: BlockRun, page: IndexPage, read: Uint8Array, freed: () => void): PassingRun {
    const { number, end, position } = run;
    this.#missed();
    return new PassingRun(Math.min(number, end), Math.max(number, end), {
      path: this.#file.path,
      fileNumber: this.#index.summary.fileNumber,
      page,
      pageStart: this.#pageStart(number),
      read,
      position,
      freed,
    });
  }

  /** The first block of a run, which is in no slot, out of the mapping. */
  #loadMapped(run: BlockRun, waiter: Waiter<Block>): void {
    let block: Block;
    try {
      block = this.#readSync(run);
    } catch (error) {
      waiter.failed(error);
      return;
    }
    waiter.loaded(block);
    block.release();
  }

  #pageStart(number: number): number {
    return number - (number % this.#index.pageBlocks);
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
    for (let i = Math.min(number, end); i <= last; i++) balance += this.#pieces[i] === undefined ? 1 : -1;
    return balance >= 0;
  }

  /** The last block of a run from `number` up to `farthest`, either way, of which none is in memory or on its way. */
  #endOfRun(number: number, farthest: number): number {
    const step = Math.sign(farthest - number);
    let end = number;
    while (end !== farthest && this.#pieces[end + step] === undefined && !this.#loads.has(end + step)) end += step;
    return end;
  }

  #readSync(run: BlockRun): Block {
    const mapped = this.#mapping.bytes;
    if (mapped !== undefined) return this.#keepMapped(run, mapped);
    this.#missed();
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

  /** The first block of a run, out of the mapping. Held for the caller. */
  #keepMapped(run: BlockRun, mapped: Uint8Array): Block {
    const { number, page } = run;
    const present = this.#pieces[number];
    if (present !== undefined) {
      present.hold();
      return present;
    }
    // A run of more blocks was made when there was no mapping yet.
    const { position, length } = page === undefined ? run : this.#runTo(page, number, number);
    const end = position + length;
    if (this.#mapped.isInPlace(number)) this.#cache.hits++;
    else {
      const unpacked = this.#checkMapped(mapped, number, position, end);
      if (unpacked !== undefined) return unpacked;
    }
    const block = this.#mapped.block(mapped, number, position, end);
    block.hold();
    return block;
  }

  /** When the block is compressed: what is unpacked of it, held for the caller. */
  #checkMapped(mapped: Uint8Array, number: number, position: number, end: number): Block | undefined {
    this.#cache.misses++;
    const unpacked = this.#mapped.check(mapped, number, position, end);
    if (unpacked === undefined) return undefined;
    const block = spareBlocks.make(unpacked, unpacked.length, this.#slots, number, this.#file.path, position);
    return this.#insert(block, number);
  }

  #fail(bytes: Uint8Array, error: unknown): never {
    this.#cache.giveBuffer(bytes);
    throw error;
  }

  /**
   * Keeps the blocks of a run that was read into `target`, the beginning of `bytes`, each in memory of its own, so that
   * the cache may drop them one by one. The farthest first: in a cache too small for all, those stay that are needed
   * next. The first is held for the caller.
   */
  #keepRun(run: BlockRun, bytes: Uint8Array, target: Uint8Array, bytesRead: number): Block {
    const { number, end, page, position } = run;
    // A synchronous read may have been faster. Held from here on: what is kept ahead could push it out.
    const present = this.#pieces[number];
    if (page === undefined && present === undefined) return this.#keep(number, position, bytes, target, bytesRead);
    present?.hold();
    const read = bytes.subarray(0, bytesRead);
    const step = Math.sign(number - end);
    try {
      for (let ahead = end; ahead !== number; ahead += step) {
        if (this.#pieces[ahead] === undefined) this.#keepAhead(ahead, run, read);
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
    const child = number % this.#index.pageBlocks;
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
      if (bytesRead !== stored.length) throw corruption(this.#file.path, position, 'file ends within a block');
      const unpacked = unpackBlock(stored, this.#file.path, this.#index.summary.fileNumber, position);
      const contentBytes = unpacked?.length ?? stored.length - BLOCK_TRAILER_BYTES;
      const contents = unpacked ?? bytes;
      const block = spareBlocks.make(contents, contentBytes, this.#slots, number, this.#file.path, position);
      if (unpacked !== undefined) this.#cache.giveBuffer(bytes);
      return this.#insert(block, number);
    } catch (error) {
      this.#fail(bytes, error);
    }
  }

  /** A new block, held for the caller: a cache too small for it drops it at once. */
  #insert(block: Block, number: number): Block {
    block.hold();
    this.#pieces[number] = block;
    this.#cache.insert(block);
    return block;
  }
}
