import type { FileMapping, ReadableFile } from '../../../env/file-system.js';
import type { BudgetedMapping, MappingBudget } from '../../cache/mapping-budget.js';

/** A table is mapped once reads have missed so many blocks of it: an eighth of all, and no more than this. */
const MISSES_MAX = 64;
const MISSES_SHARE = 1 / 8;

/** With a single one nobody need have had the time to look. */
const IDLE_RESTS_MIN = 2;

/**
 * The data file of an open table as memory (`mmap`), as far as the budget has room: its blocks are then looked at where
 * the system has them, in place of a copy that takes a call of the system to make, and memory of the cache to keep.
 *
 * It begins by itself, when enough of the table has been read to be worth it; reads go on by calls until it is there. From
 * then on a block that is not compressed is in no cache (`MappedBlocks`).
 *
 * While memtables are filled and nobody looks for a key in the table, its pages go back to the system. It stays mapped: the
 * next look brings in those that it needs from the page cache, sixteen at a time on Linux.
 */
export class TableMapping implements BudgetedMapping {
  readonly #file: ReadableFile;
  readonly #budget: MappingBudget;
  readonly #missesBefore: number;
  #misses = 0;
  #isBegun = false;
  #isClosed = false;
  #mapping: FileMapping | undefined = undefined;
  /** Calls of `rest` since somebody looked for a key in it. */
  #restCount = 0;

  constructor(file: ReadableFile, blockCount: number, budget: MappingBudget) {
    this.#file = file;
    this.#budget = budget;
    this.#missesBefore = Math.min(MISSES_MAX, Math.ceil(blockCount * MISSES_SHARE));
  }

  /** The file, once it is there. */
  get bytes(): Uint8Array | undefined {
    return this.#mapping?.bytes;
  }

  /** The same for a look for a key, which says that the table is in use. */
  lookInto(): Uint8Array | undefined {
    this.#restCount = 0;
    return this.#mapping?.bytes;
  }

  rest(): void {
    this.#restCount++;
    this.#dropWhenIdle();
  }

  /** A long walk through the blocks has ended: it leaves nothing in memory that nobody else looks at. */
  walked(): void {
    this.#dropWhenIdle();
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

  /** Nobody looks at a block of it any more. */
  close(): void {
    this.#isClosed = true;
    const mapping = this.#mapping;
    this.#mapping = undefined;
    if (mapping !== undefined) this.#end(mapping);
  }

  #dropWhenIdle(): void {
    if (this.#restCount >= IDLE_RESTS_MIN) this.#mapping?.dropPages();
  }

  #begin(mapping: FileMapping | undefined): void {
    if (mapping === undefined) this.#budget.give(this.#file.size);
    else if (this.#isClosed) this.#end(mapping);
    else {
      this.#mapping = mapping;
      this.#restCount = 0;
      this.#budget.begun(this);
    }
  }

  #end(mapping: FileMapping): void {
    this.#budget.ended(this);
    mapping.close();
    this.#budget.give(this.#file.size);
  }
}
