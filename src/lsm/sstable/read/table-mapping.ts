import type { FileMapping, ReadableFile } from '../../../env/file-system.js';
import type { MappingBudget } from '../../cache/mapping-budget.js';
import type { Block } from '../block/block.js';

/** A table is mapped once reads have missed so many blocks of it: an eighth of all, and no more than this. */
const MISSES_MAX = 64;
const MISSES_SHARE = 1 / 8;

/**
 * Memory for the directory of a block, by its bytes: as much as the spare memory behind a block in the cache has, on
 * the average.
 */
const DIRECTORY_SHARE = 1 / 12;
const LINE_BYTES = 64;
/** What a block takes besides its directory: the object that stands for it, and the view of its bytes. */
const BLOCK_BYTES = 128;

/**
 * The data file of an open table as memory (`mmap`), as far as the budget has room: its blocks are then looked at where
 * the system has them, in place of a copy that takes a call of the system to make, and memory of the cache to keep.
 *
 * It begins by itself, when enough of the table has been read to be worth it; reads go on by calls until it is there. From
 * then on a block costs the cache what stands for it, so that the blocks of a mapped table hardly ever leave it, and each is
 * checked once.
 */
export class TableMapping {
  readonly #file: ReadableFile;
  readonly #budget: MappingBudget;
  readonly #missesBefore: number;
  readonly #blockCount: number;
  readonly #directoryBytes: number;
  #misses = 0;
  #isBegun = false;
  #isClosed = false;
  #mapping: FileMapping | undefined = undefined;
  /** Of all blocks, side by side. */
  #directories = NO_BYTES;

  constructor(file: ReadableFile, blockCount: number, budget: MappingBudget) {
    this.#file = file;
    this.#budget = budget;
    this.#blockCount = blockCount;
    this.#missesBefore = Math.min(MISSES_MAX, Math.ceil(blockCount * MISSES_SHARE));
    this.#directoryBytes = Math.ceil((file.size / blockCount) * (DIRECTORY_SHARE / LINE_BYTES)) * LINE_BYTES;
  }

  /** The file, once it is there. */
  get bytes(): Uint8Array | undefined {
    return this.#mapping?.bytes;
  }

  /** A block had to be read: to be told of each, while there are no `bytes`. */
  missed(): void {
    if (this.#isBegun || ++this.#misses < this.#missesBefore) return;
    this.#misses = 0;
    if (!this.#budget.take(this.#file.size)) return;
    this.#isBegun = true;
    this.#file.map().then(
      (mapping) => this.#begin(mapping),
      // Whoever reads on by calls is told what is wrong with the file.
      () => this.#begin(undefined),
    );
  }

  /** Of a block whose bytes are in it. */
  adopt(block: Block, number: number): void {
    if (this.#directories.length === 0) this.#directories = new Uint8Array(this.#blockCount * this.#directoryBytes);
    const start = number * this.#directoryBytes;
    block.lieInMapping(this.#directories, start, start + this.#directoryBytes, this.#directoryBytes + BLOCK_BYTES);
  }

  /** Nobody looks at a block of it any more. */
  close(): void {
    this.#isClosed = true;
    const mapping = this.#mapping;
    this.#mapping = undefined;
    if (mapping !== undefined) this.#end(mapping);
  }

  #begin(mapping: FileMapping | undefined): void {
    if (mapping === undefined) this.#budget.give(this.#file.size);
    else if (this.#isClosed) this.#end(mapping);
    else this.#mapping = mapping;
  }

  #end(mapping: FileMapping): void {
    mapping.close();
    this.#budget.give(this.#file.size);
  }
}

const NO_BYTES = new Uint8Array(0);
