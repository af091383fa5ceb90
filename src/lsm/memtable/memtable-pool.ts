import { arenaBytesOf, Memtable, type MemtableMemory } from './memtable.js';
import { spareMemory, type SpareMemory } from './spare-memory.js';

/**
 * Makes memtables out of the memory of those that have been flushed.
 *
 * A tree under load goes through a memtable every few hundred milliseconds. Left to the garbage collectors, of this thread
 * and of the one that flushed it, a dead one stays resident for as long as they please, beside its successors. So while the
 * tree is open its memory is never let go of: there is as much of it as memtables have been there at once, which the write
 * stall bounds. Then it is spare, for the next tree of the process.
 */
export class MemtablePool {
  readonly #capacityBytes: number;
  readonly #spare: SpareMemory;
  readonly #free: MemtableMemory[] = [];
  #isClosed = false;

  /** @param capacityBytes of ordinary memtables; one made for a larger record is not used again */
  constructor(capacityBytes: number, spare: SpareMemory = spareMemory) {
    this.#capacityBytes = capacityBytes;
    this.#spare = spare;
  }

  /** An empty memtable. */
  take(capacityBytes: number): Memtable {
    if (capacityBytes !== this.#capacityBytes) return new Memtable(capacityBytes);
    return new Memtable(capacityBytes, this.#free.pop() ?? this.#spare.take(arenaBytesOf(capacityBytes)));
  }

  /** No new reader finds it: it has been flushed, or its tree is closed. One that is still held is left to its holders. */
  giveBack(memtable: Memtable): void {
    if (memtable.capacityBytes !== this.#capacityBytes || memtable.isHeld) return;
    if (this.#isClosed) this.#spare.give(memtable.memory);
    else this.#free.push(memtable.memory);
  }

  /** No more memtables are taken. Those that are still out may be given back. */
  close(): void {
    this.#isClosed = true;
    for (const memory of this.#free.splice(0)) this.#spare.give(memory);
  }
}
