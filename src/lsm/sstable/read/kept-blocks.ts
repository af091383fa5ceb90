import { corruption, isCoreCacheError } from '../../../base/errors.js';
import type { BlockCache } from '../../cache/block-cache.js';
import type { PieceSlots } from '../../cache/pooled-entry.js';
import type { Block } from '../block/block.js';
import { BLOCK_TRAILER_BYTES } from '../block/block-format.js';
import { spareBlocks } from '../block/spare-blocks.js';
import { unpackBlock } from '../block/unpack-block.js';
import type { TableIndex } from '../index/index-file.js';
import { firstBytes } from './first-bytes.js';
import type { BlockRun } from './table-source.js';

/**
 * The blocks of a table that the cache holds, each in memory of its own.
 *
 * Block numbers index an array of slots. The cache empties slots as it needs room, and the memory of a block that has left
 * it is used again: so a block taken from a slot is held by who keeps it.
 */
export class KeptBlocks {
  readonly #path: string;
  readonly #index: TableIndex;
  readonly #cache: BlockCache;
  readonly #slots: PieceSlots<Block>;
  /** Of the slots: a look by each read. */
  readonly #pieces: (Block | undefined)[];

  /** @param path of the data file */
  constructor(path: string, index: TableIndex, cache: BlockCache) {
    this.#path = path;
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
  }

  /** What is in the slot. */
  get(number: number): Block | undefined {
    return this.#pieces[number];
  }

  /** The same for a read: it counts as a hit. */
  hit(number: number): Block | undefined {
    const block = this.#pieces[number];
    if (block === undefined) return undefined;
    block.isReferenced = true;
    this.#cache.hits++;
    return block;
  }

  /** Keeps what a compressed block contains, unpacked already. Held for the caller. */
  keepUnpacked(number: number, position: number, contents: Uint8Array): Block {
    return this.#insert(spareBlocks.make(contents, contents.length, this.#slots, number, this.#path, position), number);
  }

  /** Gives all of them back. Nobody looks at them any more. */
  clear(): void {
    for (const block of this.#pieces) {
      if (block === undefined) continue;
      this.#cache.remove(block);
      block.evict();
    }
  }

  /**
   * Keeps the blocks of a run that was read into `target`, the beginning of `bytes`, each in memory of its own, so that
   * the cache may drop them one by one. The farthest first: in a cache too small for all, those stay that are needed
   * next. The first is held for the caller.
   */
  keepRun(run: BlockRun, bytes: Uint8Array, target: Uint8Array, bytesRead: number): Block {
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

  /** A read into memory of the cache has failed. */
  fail(bytes: Uint8Array, error: unknown): never {
    this.#cache.giveBuffer(bytes);
    throw error;
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
      if (bytesRead !== stored.length) throw corruption(this.#path, position, 'file ends within a block');
      const unpacked = unpackBlock(stored, this.#path, this.#index.summary.fileNumber, position);
      const contentBytes = unpacked?.length ?? stored.length - BLOCK_TRAILER_BYTES;
      const contents = unpacked ?? bytes;
      const block = spareBlocks.make(contents, contentBytes, this.#slots, number, this.#path, position);
      if (unpacked !== undefined) this.#cache.giveBuffer(bytes);
      return this.#insert(block, number);
    } catch (error) {
      this.fail(bytes, error);
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
