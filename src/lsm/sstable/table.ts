import { join } from 'node:path';
import { compareBytes } from '../../base/bytes.js';
import { corruption, isCoreCacheError } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import type { BlockCache } from '../cache/block-cache.js';
import type { Entry } from '../entry.js';
import type { Cursor } from '../iterator/cursor.js';
import { Block, BlockSearch, type BlockSlots } from './block.js';
import { mayContain } from './bloom-filter.js';
import { EntryCoder } from './entry-coder.js';
import { FindState } from './find-state.js';
import { decodeIndexFile, type TableIndex } from './index-file.js';
import { openBlock } from './open-block.js';
import { TableCursor, type BlockSource } from './table-cursor.js';
import type { TableSummary } from './table-summary.js';

/**
 * An open table: its index and filter in memory, its data file open, its blocks read on demand and kept in the cache.
 *
 * Block numbers index an array of what the cache holds of this table. The cache empties slots as it needs room; a block
 * taken from a slot stays good for who holds it. Loads of one block that overlap share one read.
 */
export class Table implements BlockSource {
  readonly path: string;
  readonly index: TableIndex;
  readonly coder: EntryCoder;
  readonly #file: ReadableFile;
  readonly #cache: BlockCache;
  readonly #slots: BlockSlots;
  readonly #loading = new Map<number, Promise<Block>>();

  private constructor(file: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.path = file.path;
    this.index = index;
    this.coder = new EntryCoder(index.base, file.path);
    this.#file = file;
    this.#cache = cache;
    this.#slots = new Array<Block | undefined>(index.blocks.blockCount).fill(undefined);
  }

  /**
   * Reads the index file; the data file is opened, and only its size looked at.
   * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`, or of the file system
   */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    fileNumber: FileNumber,
    cache: BlockCache,
  ): Promise<Table> {
    const indexPath = join(directory, indexFile(fileNumber));
    const index = decodeIndexFile(await fileSystem.readFile(indexPath), indexPath);
    const file = await fileSystem.openReader(join(directory, dataFile(fileNumber)));
    try {
      checkIdentity(index, indexPath, file, fileNumber);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new Table(file, index, cache);
  }

  /** As `open`, on this thread. */
  static openSync(fileSystem: FileSystem, directory: string, fileNumber: FileNumber, cache: BlockCache): Table {
    const indexPath = join(directory, indexFile(fileNumber));
    const index = decodeIndexFile(fileSystem.readFileSync(indexPath), indexPath);
    const file = fileSystem.openReaderSync(join(directory, dataFile(fileNumber)));
    try {
      checkIdentity(index, indexPath, file, fileNumber);
    } catch (error) {
      file.closeSync();
      throw error;
    }
    return new Table(file, index, cache);
  }

  get summary(): TableSummary {
    return { ...this.index.summary, indexBytes: this.index.byteLength };
  }

  /** Memory that the open table takes without its blocks. */
  get memoryBytes(): number {
    const { byteLength, blocks, blockStarts } = this.index;
    return byteLength + blocks.byteLength + (blockStarts?.byteLength ?? 0) + this.#slots.length * 8;
  }

  get blockCount(): number {
    return this.#slots.length;
  }

  /**
   * The newest version of `key` at or below `atSequence`, tombstones included, from memory alone. `hash` is
   * `hashKey(key)`. What stands in `into` matters only when found.
   */
  find(key: Uint8Array, hash: number, atSequence: number, into: Entry): FindState {
    if (!this.#mayContain(hash)) return FindState.absent;
    for (let number = this.index.blocks.find(key); number < this.#slots.length; number++) {
      const block = this.cachedBlock(number);
      if (block === undefined) return FindState.unloaded;
      const search = block.find(key, atSequence, this.coder, into);
      if (search !== BlockSearch.continues) return search;
    }
    return FindState.absent;
  }

  /** As `find`, reading blocks on this thread. @throws CoreCacheError `CORRUPTION`, or of the file system */
  findSync(key: Uint8Array, hash: number, atSequence: number, into: Entry): boolean {
    if (!this.#mayContain(hash)) return false;
    for (let number = this.index.blocks.find(key); number < this.#slots.length; number++) {
      const search = this.blockSync(number).find(key, atSequence, this.coder, into);
      if (search !== BlockSearch.continues) return search === BlockSearch.found;
    }
    return false;
  }

  /** As `find`, reading blocks off the event loop. @throws CoreCacheError `CORRUPTION`, or of the file system */
  async findLoading(key: Uint8Array, hash: number, atSequence: number, into: Entry): Promise<boolean> {
    if (!this.#mayContain(hash)) return false;
    for (let number = this.index.blocks.find(key); number < this.#slots.length; number++) {
      const block = await this.block(number);
      const search = block.find(key, atSequence, this.coder, into);
      if (search !== BlockSearch.continues) return search === BlockSearch.found;
    }
    return false;
  }

  cursor(): Cursor {
    return new TableCursor(this);
  }

  /** A block when it is in memory. */
  cachedBlock(number: number): Block | undefined {
    const block = this.#slots[number];
    if (block === undefined) return undefined;
    block.isReferenced = true;
    this.#cache.hits++;
    return block;
  }

  blockSync(number: number): Block {
    const cached = this.cachedBlock(number);
    if (cached !== undefined) return cached;
    this.#cache.misses++;
    const bytes = this.#blockBuffer(number);
    return this.#keep(number, bytes, this.#file.readSync(bytes, this.index.blocks.positions[number]!));
  }

  /** A block, loaded when need be; together with up to `readAhead` blocks after it. */
  async block(number: number, readAhead = 0): Promise<Block> {
    const cached = this.cachedBlock(number);
    if (cached !== undefined) return cached;
    const loading = this.#loading.get(number);
    if (loading !== undefined) return loading;
    return readAhead === 0 ? this.#load(number) : this.#loadRun(number, readAhead);
  }

  /** Gives back file and blocks. No load may be under way. */
  closeSync(): void {
    for (const block of this.#slots) if (block !== undefined) this.#cache.remove(block);
    this.#slots.fill(undefined);
    this.#file.closeSync();
  }

  /** Reads `target.length` bytes of the data file at `position`, past the cache. @throws CoreCacheError `CORRUPTION` */
  async readData(target: Uint8Array, position: number): Promise<void> {
    const bytesRead = await this.#file.read(target, position);
    if (bytesRead !== target.length) throw corruption(this.path, position, 'file ends within a block');
  }

  #load(number: number): Promise<Block> {
    this.#cache.misses++;
    const bytes = this.#blockBuffer(number);
    const loading = this.#file
      .read(bytes, this.index.blocks.positions[number]!)
      .then((bytesRead) => this.#slots[number] ?? this.#keep(number, bytes, bytesRead))
      .finally(() => this.#loading.delete(number));
    this.#loading.set(number, loading);
    return loading;
  }

  /** Reads the block and up to `readAhead` after it, as far as they are not in memory, in one go. */
  #loadRun(number: number, readAhead: number): Promise<Block> {
    const { positions } = this.index.blocks;
    const last = Math.min(number + readAhead, this.#slots.length - 1);
    let end = number + 1;
    while (end <= last && this.#slots[end] === undefined && !this.#loading.has(end)) end++;
    if (end === number + 1) return this.#load(number);
    this.#cache.misses++;
    const bytes = Buffer.allocUnsafeSlow(positions[end]! - positions[number]!);
    const loading = this.#file
      .read(bytes, positions[number]!)
      .then((bytesRead) => this.#keepRun(number, end, bytes.subarray(0, bytesRead)))
      .finally(() => this.#loading.delete(number));
    this.#loading.set(number, loading);
    return loading;
  }

  /**
   * Keeps the blocks from `number` to `end`, which `bytes` holds, each in memory of its own, so that the cache may drop
   * them one by one. From the last to the first: in a cache too small for all, those stay that are needed next.
   */
  #keepRun(number: number, end: number, bytes: Uint8Array): Block {
    const { positions } = this.index.blocks;
    const start = positions[number]!;
    for (let ahead = end - 1; ahead > number; ahead--) {
      if (this.#slots[ahead] === undefined) this.#keepAhead(ahead, bytes, start);
    }
    return this.#slots[number] ?? this.#keep(number, ...this.#cutOut(number, bytes, start));
  }

  /** A block ahead that is damaged is left for when it is asked for: then, if ever, it is an error. */
  #keepAhead(number: number, bytes: Uint8Array, start: number): void {
    try {
      this.#keep(number, ...this.#cutOut(number, bytes, start));
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    }
  }

  /** A copy of a block out of the bytes read from `start` on, and how much of it was there. */
  #cutOut(number: number, bytes: Uint8Array, start: number): [bytes: Uint8Array, bytesRead: number] {
    const block = this.#blockBuffer(number);
    const offset = this.index.blocks.positions[number]! - start;
    const there = bytes.subarray(offset, offset + block.length);
    block.set(there);
    return [block, there.length];
  }

  #keep(number: number, bytes: Uint8Array, bytesRead: number): Block {
    const position = this.index.blocks.positions[number]!;
    if (bytesRead !== bytes.length) throw corruption(this.path, position, 'file ends within a block');
    const contents = openBlock(bytes, this.path, this.index.summary.fileNumber, position);
    const block = new Block(contents, this.#slots, number, this.path, position);
    this.#slots[number] = block;
    this.#cache.insert(block);
    return block;
  }

  #blockBuffer(number: number): Uint8Array {
    const { positions } = this.index.blocks;
    return Buffer.allocUnsafeSlow(positions[number + 1]! - positions[number]!);
  }

  #mayContain(hash: number): boolean {
    const { filter } = this.index;
    return filter === undefined || mayContain(filter, hash);
  }
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
