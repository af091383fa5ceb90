/** A growing list of 32-bit hashes. */
export class HashList {
  #hashes = new Uint32Array(1024);
  #length = 0;

  add(hash: number): void {
    if (this.#length === this.#hashes.length) {
      const larger = new Uint32Array(this.#hashes.length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#length++] = hash;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A view, valid until the next `add`. */
  get hashes(): Uint32Array {
    return this.#hashes.subarray(0, this.#length);
  }
}
