/** Smaller memory comes out of Node's own pool, which shares one allocation among many. */
const POOLED_BYTES_MIN = 4 * 1024;
const POOLED_BYTES_MAX = 1024 * 1024;
/** What is kept while nobody needs it: payloads of 100 KB for 64 writers. */
const KEPT_BYTES_MAX = 8 * 1024 * 1024;
const ALIGNMENT_BYTES = 8;

/**
 * Memory of payloads, used again for the next ones.
 *
 * Memory fresh from the system costs a page fault for every four KiB, several times what it costs to write a payload into
 * it; and V8 collects all garbage each time some tens of MiB of buffers have been allocated, however few objects there are.
 *
 * Capacities come in four steps for each doubling, so that payloads of nearly the same size share theirs. What is not given
 * back is left to the garbage collector: a payload whose write failed may yet be on its way to the disk.
 */
export class PayloadPool {
  /** By capacity; what was given back last is first taken, for the processor's cache has it. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #keptBytes = 0;

  /** `length` bytes of any content. The one at `alignedAt` lies at a multiple of eight when the payload is a large one. */
  take(length: number, alignedAt: number): Uint8Array {
    if (length < POOLED_BYTES_MIN || length > POOLED_BYTES_MAX) return Buffer.allocUnsafe(length);
    const capacity = capacityFor(length + ALIGNMENT_BYTES - 1);
    let memory = this.#free.get(capacity)?.pop();
    if (memory === undefined) memory = Buffer.allocUnsafeSlow(capacity).buffer;
    else this.#keptBytes -= capacity;
    this.#taken.add(memory);
    return Buffer.from(memory, -alignedAt & (ALIGNMENT_BYTES - 1), length);
  }

  /** Nobody looks at the payload any more. One that is not of this pool is none of its business. */
  giveBack({ buffer, length }: Uint8Array): void {
    if (length < POOLED_BYTES_MIN || !this.#taken.delete(buffer)) return;
    const capacity = buffer.byteLength;
    this.#makeRoom(capacity);
    if (this.#keptBytes + capacity > KEPT_BYTES_MAX) return;
    this.#keptBytes += capacity;
    const free = this.#free.get(capacity);
    if (free === undefined) this.#free.set(capacity, [buffer as ArrayBuffer]);
    else free.push(buffer as ArrayBuffer);
  }

  /** Other capacities, which may have been in demand long ago, give way to the one that is now. */
  #makeRoom(capacity: number): void {
    for (const [other, free] of this.#free) {
      if (this.#keptBytes + capacity <= KEPT_BYTES_MAX) return;
      if (other === capacity) continue;
      this.#keptBytes -= other * free.length;
      this.#free.delete(other);
    }
  }
}

function capacityFor(length: number): number {
  const step = 2 ** Math.max(0, 29 - Math.clz32(length - 1));
  return Math.ceil(length / step) * step;
}
