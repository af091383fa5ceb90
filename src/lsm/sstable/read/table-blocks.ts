import type { ReadableFile } from '../../../env/file-system.js';
import type { Block } from '../block/block.js';
import type { BlockCache } from '../../cache/block-cache.js';
import type { TableIndex } from '../index/index-file.js';
import type { IndexPage } from '../index/index-page.js';
import { firstBytes } from './first-bytes.js';
import { KeptBlocks } from './kept-blocks.js';
import { MappedBlocks } from './mapped-blocks.js';
import { PassingRun } from './passing-run.js';
import { SharedLoads, type Waiter } from './shared-loads.js';
import { TableMapping } from './table-mapping.js';
import type { BlockRun, BlockSource } from './table-source.js';

/**
 * The blocks of an open table, read on demand and kept in the cache one by one.
 *
 * Where a block is stands in its page of the index, which need not be in memory to find the block in its slot
 * (`KeptBlocks`).
 *
 * Once the file is mapped nothing is read, and a block that is not compressed is in no slot. A look for a key goes to where
 * it lies (`isInPlace`); a cursor gets a block for itself alone that stands over the bytes of the file.
 */
export class TableBlocks implements BlockSource {
  readonly #file: ReadableFile;
  readonly #index: TableIndex;
  readonly #cache: BlockCache;
  readonly #kept: KeptBlocks;
  readonly #loads = new SharedLoads<Block>();
  readonly #mapping: TableMapping;
  readonly #mapped: MappedBlocks;

  constructor(file: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.#file = file;
    this.#index = index;
    this.#cache = cache;
    this.#kept = new KeptBlocks(file.path, index, cache);
    this.#mapping = new TableMapping(file, index.blockCount, cache.mappings);
    this.#mapped = new MappedBlocks(file.path, index.summary.fileNumber, index.blockCount);
  }

  cached(number: number): Block | undefined {
    return this.#kept.hit(number);
  }

  /**
   * Whether a look for a key may go to where the block lies in `mapped`, by `findInPlace`; it is counted as one. A block
   * that nobody has looked at is checked.
   * @param page which the block is in
   * @throws CoreCacheError `CORRUPTION`
   */
  isInPlace(page: IndexPage, number: number): boolean {
    const mapped = this.#mapping.lookInto();
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
    if (this.#mapping.lookInto() === undefined || !this.#mapped.isDirected(number)) return false;
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
      (bytesRead) => end(() => this.#kept.keepRun(run, bytes, target, bytesRead)),
      (error: unknown) => end(() => this.#kept.fail(bytes, error)),
    );
  }

  walked(): void {
    this.#mapping.walked();
  }

  /** Gives back the file and all blocks. No load may be under way. */
  closeSync(): void {
    this.#kept.clear();
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
    for (let i = Math.min(number, end); i <= last; i++) balance += this.#kept.get(i) === undefined ? 1 : -1;
    return balance >= 0;
  }

  /** The last block of a run from `number` up to `farthest`, either way, of which none is in memory or on its way. */
  #endOfRun(number: number, farthest: number): number {
    const step = Math.sign(farthest - number);
    let end = number;
    while (end !== farthest && this.#kept.get(end + step) === undefined && !this.#loads.has(end + step)) end += step;
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
      this.#kept.fail(bytes, error);
    }
    return this.#kept.keepRun(run, bytes, target, bytesRead);
  }

  /** The first block of a run, out of the mapping. Held for the caller. */
  #keepMapped(run: BlockRun, mapped: Uint8Array): Block {
    const { number, page } = run;
    const present = this.#kept.get(number);
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
    return this.#kept.keepUnpacked(number, position, unpacked);
  }
}
