/** Most buffers that one `writev` takes (IOV_MAX on Linux, macOS and the BSDs). */
const VECTOR_BUFFERS_MAX = 1024;

/** How far a list of buffers has been written, by calls that may each take fewer bytes than they were given. */
export class VectorCursor {
  readonly #buffers: readonly Uint8Array[];
  #index = 0;
  /** Bytes of the buffer at `#index` that are written. */
  #offset = 0;

  constructor(buffers: readonly Uint8Array[]) {
    this.#buffers = buffers;
    this.#skipEmpty();
  }

  get isDone(): boolean {
    return this.#index >= this.#buffers.length;
  }

  /** What the next call is to write. */
  next(): Uint8Array[] {
    const views = this.#buffers.slice(this.#index, this.#index + VECTOR_BUFFERS_MAX);
    if (this.#offset > 0) views[0] = views[0]!.subarray(this.#offset);
    return views;
  }

  advance(bytes: number): void {
    let rest = bytes;
    while (rest > 0) {
      const left = this.#buffers[this.#index]!.length - this.#offset;
      if (rest < left) {
        this.#offset += rest;
        return;
      }
      rest -= left;
      this.#index++;
      this.#offset = 0;
    }
    this.#skipEmpty();
  }

  #skipEmpty(): void {
    while (this.#buffers[this.#index]?.length === 0) this.#index++;
  }
}
