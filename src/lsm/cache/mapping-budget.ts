import { assert } from '../../base/assert.js';

/**
 * Bounds how much of the files of tables is memory of the process, for all trees: `mmap` makes it that. Who asks first
 * gets it, as in LevelDB, and has it until the table is closed: what a compaction has replaced makes room for what it has
 * made.
 */
export class MappingBudget {
  readonly bytesMax: number;
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
}
