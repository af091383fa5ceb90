import { Memtable, type MemtableMemory } from './memtable.js';

/**
 * Makes memtables out of the memory of those that have been flushed.
 *
 * A tree under load goes through a memtable every few hundred milliseconds. Left to the garbage collectors, of this thread
 * and of the one that flushed it, a dead one stays resident for as long as they please, beside its successors. So memory is
 * never let go of: there is as much of it as memtables have been there at once, which the write stall bounds.
 */
export class MemtablePool {
  readonly #capacityBytes: number;
  readonly #free: MemtableMemory[] = [];

  /** @param capacityBytes of ordinary memtables; one made for a larger record is not used again */
  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** An empty memtable. */
  take(capacityBytes: number): Memtable {
    return new Memtable(capacityBytes, capacityBytes === this.#capacityBytes ? this.#free.pop() : undefined);
  }

  /** It has been flushed, and no new reader finds it. One that is still held is left to its holders. */
  giveBack(memtable: Memtable): void {
    if (memtable.capacityBytes === this.#capacityBytes && !memtable.isHeld) this.#free.push(memtable.memory);
  }
}
