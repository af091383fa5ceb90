import type { Clock, Timer } from '../../env/clock.js';
import { adviseHugePages, dropPages } from '../../env/memory-advice.js';
import { arenaBytesOf, Memtable, type MemtableMemory } from './memtable.js';
import { spareMemory, type SpareMemory } from './spare-memory.js';

/**
 * Flushed memtables whose memory is kept for the next ones. Where flushes keep up, one is filled while one is flushed and
 * none waits; the memory of the third, which was needed when one did wait, is spare: good for the next time if that comes
 * soon.
 */
const KEPT_MAX = 1;
/** … and for so long after the last flush, whatever is written meanwhile. */
export const KEPT_MS = 500;

/** Of a tree's options. */
export interface MemtablePoolOptions {
  /** Capacity of ordinary memtables; one made for a larger record is not used again. */
  readonly memtableBytesMax: number;
  readonly hugePages: boolean;
}

/**
 * Makes memtables out of the memory of those that have been flushed.
 *
 * A tree under load goes through a memtable every few hundred milliseconds. Left to the garbage collectors, of this thread
 * and of the one that flushed it, a dead one stays resident for as long as they please, beside its successors. So while
 * writes come at full speed memory for the next one is not let go of; what there is beyond that is spare. All of it is when
 * the next one is not needed soon, when none has been flushed for long, and when the tree is closed: new pages are some
 * milliseconds of work for each memtable, and reads beside slow writes fill the cache beside whatever is kept.
 */
export class MemtablePool {
  readonly #capacityBytes: number;
  readonly #hugePages: boolean;
  readonly #clock: Clock;
  readonly #spare: SpareMemory;
  readonly #free: MemtableMemory[] = [];
  #idle: Timer | undefined = undefined;
  #isClosed = false;

  constructor(options: MemtablePoolOptions, clock: Clock, spare: SpareMemory = spareMemory) {
    this.#capacityBytes = options.memtableBytesMax;
    this.#hugePages = options.hugePages;
    this.#clock = clock;
    this.#spare = spare;
  }

  /** An empty memtable. */
  take(capacityBytes: number): Memtable {
    const isOrdinary = capacityBytes === this.#capacityBytes;
    const used = isOrdinary ? (this.#free.pop() ?? this.#spare.take(arenaBytesOf(capacityBytes))) : undefined;
    const memtable = new Memtable(capacityBytes, used);
    if (used === undefined) this.#makeEmpty(memtable.memory.arena);
    return memtable;
  }

  /** No new reader finds it: it has been flushed, or its tree is closed. One that is still held is left to its holders. */
  giveBack(memtable: Memtable): void {
    if (memtable.capacityBytes !== this.#capacityBytes || memtable.isHeld) return;
    this.#free.push(memtable.memory);
    this.#idle?.cancel();
    this.#letGo(this.#isClosed ? 0 : KEPT_MAX);
    if (!this.#isClosed) this.#idle = this.#clock.setTimer(KEPT_MS, () => this.#letGo(0));
  }

  /** The next memtable is not needed soon: what is kept for it goes at once. */
  dropKept(): void {
    this.#idle?.cancel();
    this.#letGo(0);
  }

  /** No more memtables are taken. Those that are still out may be given back. */
  close(): void {
    this.#isClosed = true;
    this.dropKept();
  }

  /**
   * Where it could not come from the system by pages, `malloc` may have made it of memory that was freed before. Then it has
   * written zeros over all of it, and it has its pages long before there is an entry in it.
   */
  #makeEmpty(arena: SharedArrayBuffer): void {
    dropPages(arena);
    if (this.#hugePages) adviseHugePages(arena);
  }

  #letGo(keptMax: number): void {
    for (const memory of this.#free.splice(keptMax)) this.#spare.give(memory);
  }
}
