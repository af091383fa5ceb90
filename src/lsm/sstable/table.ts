import { join } from 'node:path';
import { compareBytes } from '../../base/bytes.js';
import { corruption, isCoreCacheError } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import type { BlockCache } from '../cache/block-cache.js';
import type { Cursor } from '../iterator/cursor.js';
import type { KeyRange } from '../iterator/key-range.js';
import { Block, type BlockSlots } from './block.js';
import { BLOCK_TRAILER_BYTES } from './block-format.js';
import { mayContain } from './bloom-filter.js';
import { EntryCoder } from './entry-coder.js';
import { decodeIndexFile, type TableIndex } from './index-file.js';
import { TableCursor } from './table-cursor.js';
import type { BlockSource, BlockWaiter } from './block-source.js';
import type { TableSummary } from './table-summary.js';
import { unpackBlock } from './unpack-block.js';

/**
 * An open table: its index and filter in memory, its data file open, its blocks read on demand and kept in the cache.
 *
 * Block numbers index an array of what the cache holds of this table. The cache empties slots as it needs room, and the
 * memory of a block that has left it is used again: so a block taken from a slot is held by who keeps it. Loads of one
 * block that overlap share one read.
 */
export class Table implements BlockSource {
  readonly path: string;
  readonly index: TableIndex;
  readonly coder: EntryCoder;
  readonly #file: ReadableFile;
  readonly #cache: BlockCache;
  readonly #slots: BlockSlots;
  /** Who waits for the blocks that are on their way, by the first block of the read. */
  readonly #loading = new Map<number, BlockWaiter[]>();

  private constructor(file: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.path = file.path;
    this.index = index;
    this.coder = new EntryCoder(index.base, file.path);
    this.#file = file;
    this.#cache = cache;
    this.#slots = {
      blocks: new Array<Block | undefined>(index.blocks.blockCount).fill(undefined),
      freed: ({ bytes }) => cache.giveBuffer(bytes),
    };
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
    return byteLength + blocks.byteLength + (blockStarts?.byteLength ?? 0) + this.blockCount * 8;
  }

  get blockCount(): number {
    return this.index.blocks.blockCount;
  }

  /** False: the table has no version of a key with this hash. */
  mayContain(hash: number): boolean {
    const { filter } = this.index;
    return filter === undefined || mayContain(filter, hash);
  }

  /** Over the keys of `range` at the least: a walk out of it may end early. */
  cursor(range?: KeyRange): Cursor {
    return new TableCursor(this, range);
  }

  /** A block when it is in memory. */
  cachedBlock(number: number): Block | undefined {
    const block = this.#slots.blocks[number];
    if (block === undefined) return undefined;
    block.isReferenced = true;
    this.#cache.hits++;
    return block;
  }

  blockSync(number: number): Block {
    const cached = this.cachedBlock(number);
    if (cached !== undefined) {
      cached.hold();
      return cached;
    }
    this.#cache.misses++;
    const { positions } = this.index.blocks;
    const length = positions[number + 1]! - positions[number]!;
    const bytes = this.#cache.takeBuffer(length);
    const bytesRead = this.#file.readSync(firstBytes(bytes, length), positions[number]!);
    return this.#keep(number, bytes, length, bytesRead);
  }

  /** See `BlockSource`. */
  readNow(number: number, readAhead: number): Block | undefined {
    const run = this.#runFrom(number, readAhead);
    if (!this.#file.answersAtOnce(run.length)) {
      this.#cache.giveBuffer(run.bytes);
      return undefined;
    }
    this.#cache.misses++;
    let bytesRead: number;
    try {
      bytesRead = this.#file.readSync(firstBytes(run.bytes, run.length), run.start);
    } catch (error) {
      this.#failRead(run.bytes, error);
    }
    return this.#keepRun(run, bytesRead);
  }

  /**
   * Loads a block off the event loop, when it is not in memory, together with up to `readAhead` blocks after it, or as many
   * before it when that is negative. All who wait for it get it in the turn in which it comes, one after the other: until
   * the waiter holds the block or has done with it nothing else is read.
   */
  load(number: number, readAhead: number, waiter: BlockWaiter): void {
    const cached = this.cachedBlock(number);
    if (cached !== undefined) {
      waiter.loaded(cached);
      return;
    }
    const waiting = this.#loading.get(number);
    if (waiting !== undefined) {
      waiting.push(waiter);
      return;
    }
    this.#loading.set(number, [waiter]);
    this.#cache.misses++;
    this.#read(this.#runFrom(number, readAhead));
  }

  /** Gives back file and blocks. No load may be under way. */
  closeSync(): void {
    for (const block of this.#slots.blocks) {
      if (block === undefined) continue;
      this.#cache.remove(block);
      block.evict();
    }
    this.#file.closeSync();
  }

  /** Reads `target.length` bytes of the data file at `position`, past the cache. @throws CoreCacheError `CORRUPTION` */
  async readData(target: Uint8Array, position: number): Promise<void> {
    const bytesRead = await this.#file.read(target, position);
    if (bytesRead !== target.length) throw corruption(this.path, position, 'file ends within a block');
  }

  /** What is read for that block, with room for it. */
  #runFrom(number: number, readAhead: number): BlockRun {
    const { positions } = this.index.blocks;
    const end = this.#endOfRun(number, readAhead);
    const start = positions[Math.min(number, end)]!;
    const length = positions[Math.max(number, end) + 1]! - start;
    return { number, end, start, length, bytes: this.#cache.takeBuffer(length) };
  }

  /** The last block of a run from `number` on, either way, of which none is in memory or on its way. */
  #endOfRun(number: number, readAhead: number): number {
    const step = Math.sign(readAhead);
    const last = Math.min(Math.max(0, number + readAhead), this.blockCount - 1);
    let end = number;
    while (end !== last && this.#slots.blocks[end + step] === undefined && !this.#loading.has(end + step)) end += step;
    return end;
  }

  /** Reads a run in one go. */
  #read(run: BlockRun): void {
    this.#file.read(firstBytes(run.bytes, run.length), run.start).then(
      (bytesRead) => this.#loaded(run.number, () => this.#keepRun(run, bytesRead)),
      (error: unknown) => this.#loaded(run.number, () => this.#failRead(run.bytes, error)),
    );
  }

  #failRead(bytes: Uint8Array, error: unknown): never {
    this.#cache.giveBuffer(bytes);
    throw error;
  }

  /** Hands what a read came to to all who wait for it. */
  #loaded(number: number, take: () => Block): void {
    const waiting = this.#loading.get(number)!;
    this.#loading.delete(number);
    let block: Block;
    try {
      block = take();
    } catch (error) {
      for (const waiter of waiting) waiter.failed(error);
      return;
    }
    // Held: one that goes on to read more could push the block out before the next has seen it.
    for (const waiter of waiting) waiter.loaded(block);
    block.release();
  }

  /**
   * Keeps the blocks of a run that was read, each in memory of its own, so that the cache may drop them one by one. The
   * farthest first: in a cache too small for all, those stay that are needed next. The first is held for the caller.
   */
  #keepRun({ number, end, start, length, bytes }: BlockRun, bytesRead: number): Block {
    // A synchronous read may have been faster. Held from here on: what is kept ahead could push it out.
    const present = this.#slots.blocks[number];
    if (end === number && present === undefined) return this.#keep(number, bytes, length, bytesRead);
    present?.hold();
    const read = bytes.subarray(0, bytesRead);
    const step = Math.sign(number - end);
    try {
      for (let ahead = end; ahead !== number; ahead += step) {
        if (this.#slots.blocks[ahead] === undefined) this.#keepAhead(ahead, read, start);
      }
      return present ?? this.#keepCopy(number, read, start);
    } catch (error) {
      present?.release();
      throw error;
    } finally {
      this.#cache.giveBuffer(bytes);
    }
  }

  /** A block ahead that is damaged is left for when it is asked for: then, if ever, it is an error. */
  #keepAhead(number: number, read: Uint8Array, start: number): void {
    try {
      this.#keepCopy(number, read, start).release();
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    }
  }

  /** Keeps a copy of a block out of the bytes read from `start` on; held for the caller. */
  #keepCopy(number: number, read: Uint8Array, start: number): Block {
    const { positions } = this.index.blocks;
    const offset = positions[number]! - start;
    const length = positions[number + 1]! - positions[number]!;
    const bytes = this.#cache.takeBuffer(length);
    const there = read.subarray(offset, offset + length);
    bytes.set(there);
    return this.#keep(number, bytes, length, there.length);
  }

  /** Takes over `bytes`, which begin with a block of `length` as far as it was read. The block is held for the caller. */
  #keep(number: number, bytes: Uint8Array, length: number, bytesRead: number): Block {
    const position = this.index.blocks.positions[number]!;
    try {
      if (bytesRead !== length) throw corruption(this.path, position, 'file ends within a block');
      const unpacked = unpackBlock(firstBytes(bytes, length), this.path, this.index.summary.fileNumber, position);
      const contentBytes = unpacked?.length ?? length - BLOCK_TRAILER_BYTES;
      const block = new Block(unpacked ?? bytes, contentBytes, this.#slots, number, this.path, position);
      if (unpacked !== undefined) this.#cache.giveBuffer(bytes);
      // A cache too small for it drops it at once.
      block.hold();
      this.#slots.blocks[number] = block;
      this.#cache.insert(block);
      return block;
    } catch (error) {
      this.#cache.giveBuffer(bytes);
      throw error;
    }
  }
}

/** Blocks in a row that are read together: from `number`, which is wanted, to `end` before or after it. */
interface BlockRun {
  readonly number: number;
  readonly end: number;
  /** In the data file, in bytes. */
  readonly start: number;
  readonly length: number;
  /** Room for it, of the cache's. */
  readonly bytes: Uint8Array;
}

/** Buffers for blocks are longer than the blocks. A plain view: a `Buffer`'s `subarray` costs several times as much. */
function firstBytes(buffer: Uint8Array, length: number): Uint8Array {
  return buffer.length === length ? buffer : new Uint8Array(buffer.buffer, buffer.byteOffset, length);
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
