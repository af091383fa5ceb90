import { assert } from '../../base/assert.js';

/** A file that is mapped, as far as the budget looks at it. */
export interface BudgetedMapping {
  /** Some work has been done since this was last called. */
  rest(): void;
}

/**
 * Bounds how much of the files of tables is memory of the process, for all trees: `mmap` makes it that. Who asks first
 * gets it, as in LevelDB, and has it until the table is closed: what a compaction has replaced makes room for what it has
 * made.
 *
 * It also keeps time for what is mapped: tables that nobody looks at while others fill memory lend their pages to those.
 */
export class MappingBudget {
  readonly bytesMax: number;
  readonly #mappings = new Set<BudgetedMapping>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** True when there was room for so many more; then they are taken, until `give`. */
  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
    assert(this.#bytes >= 0, 'what was not taken is not given back');
  }

  begun(mapping: BudgetedMapping): void {
    this.#mappings.add(mapping);
  }

  ended(mapping: BudgetedMapping): void {
    this.#mappings.delete(mapping);
  }

  /** A part of a memtable has been filled, of some tree. */
  rest(): void {
    for (const mapping of this.#mappings) mapping.rest();
  }
}
