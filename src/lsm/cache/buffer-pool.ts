import { announceGarbage } from '../../env/page-memory.js';

/** Buffers come in multiples of this at least, so that one fits many lengths. */
const STEP_BYTES = 512;
/** A large buffer is longer than what it is for by less than one part in so many. */
const STEPS_A_DOUBLING = 8;
/** What is read ahead in one go, of blocks somewhat larger than the default. Larger ones are few, and left to the collector. */
const POOLED_BYTES_MAX = 256 * 1024;

/**
 * Memory for blocks, used again and again. A fresh `ArrayBuffer` for every block that is read costs more than reading it
 * from the page cache does: the allocation, and the collections that it brings on. And collections come late: V8 lets tens
 * of MiB of dead ones pile up in a thread whose own heap is small.
 *
 * Whoever gives a buffer back must be sure that nobody reads it any more.
 */
export class BufferPool {
  /** By capacity. */
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;

  /** Of the buffers that wait here. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** At least `length` bytes, with anything in them. */
  take(length: number): Uint8Array {
    if (length > POOLED_BYTES_MAX) return Buffer.allocUnsafeSlow(length);
    const capacity = capacityFor(length);
    const free = this.#free.get(capacity)?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(capacity);
    this.#freeBytes -= capacity;
    return free;
  }

  /**
   * Keeps a buffer for the next who asks, when it is one that `take` could return and no more than `freeBytesMax` wait
   * then.
   */
  give(buffer: Uint8Array, freeBytesMax: number): void {
    const capacity = buffer.length;
    if (capacity > POOLED_BYTES_MAX || capacity !== capacityFor(capacity)) return;
    if (this.#freeBytes + capacity > freeBytesMax) this.clear();
    if (capacity > freeBytesMax) return;
    const free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, [buffer]);
    else free.push(buffer);
    this.#freeBytes += capacity;
  }

  /** No more are taken. */
  close(): void {
    const bytes = this.#freeBytes;
    this.clear();
    announceGarbage(bytes);
  }

  clear(): void {
    this.#free.clear();
    this.#freeBytes = 0;
  }
}

function capacityFor(length: number): number {
  // Shifts: a power is a call, and this is asked twice for each block that is read.
  const powerBelow = 1 << (31 - Math.clz32(length | 1));
  const step = Math.max(STEP_BYTES, powerBelow / STEPS_A_DOUBLING);
  return (length + step - 1) & -step;
}
