/** Buffers come in multiples of this, so that one fits many lengths. */
const STEP_BYTES = 512;
/** Larger ones are left to the collector: they are few, and next time another size is wanted. */
const POOLED_BYTES_MAX = 64 * 1024;

/**
 * Memory for blocks, used again and again. A fresh `ArrayBuffer` for every block that is read costs more than reading it
 * from the page cache does: the allocation, and the collections that it brings on.
 *
 * Whoever gives a buffer back must be sure that nobody reads it any more.
 */
export class BufferPool {
  /** By capacity in steps. */
  readonly #free: (Uint8Array[] | undefined)[] = [];
  #freeBytes = 0;

  /** Of the buffers that wait here. */
  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** At least `length` bytes, with anything in them. */
  take(length: number): Uint8Array {
    const steps = Math.ceil(length / STEP_BYTES);
    const free = this.#free[steps]?.pop();
    if (free === undefined) return Buffer.allocUnsafeSlow(length > POOLED_BYTES_MAX ? length : steps * STEP_BYTES);
    this.#freeBytes -= free.length;
    return free;
  }

  /**
   * Keeps a buffer for the next who asks, when it is one that `take` could return and no more than `freeBytesMax` wait
   * then.
   */
  give(buffer: Uint8Array, freeBytesMax: number): void {
    if (buffer.length > POOLED_BYTES_MAX || buffer.length % STEP_BYTES !== 0) return;
    if (this.#freeBytes + buffer.length > freeBytesMax) this.clear();
    if (buffer.length > freeBytesMax) return;
    (this.#free[buffer.length / STEP_BYTES] ??= []).push(buffer);
    this.#freeBytes += buffer.length;
  }

  clear(): void {
    this.#free.length = 0;
    this.#freeBytes = 0;
  }
}
