import type { EntryCoder } from './entry-coder.js';

/** The three numbers before an entry. */
export class EntryLengths {
  shared = 0;
  unshared = 0;
  payload = 0;
  /** Where the key bytes begin. */
  end = 0;

  read(bytes: Uint8Array, start: number, limit: number, coder: EntryCoder): void {
    // Each takes a byte as a rule.
    if (start + 3 <= limit && (bytes[start]! | bytes[start + 1]! | bytes[start + 2]!) < 0x80) {
      this.shared = bytes[start]!;
      this.unshared = bytes[start + 1]!;
      this.payload = bytes[start + 2]!;
      this.end = start + 3;
      return;
    }
    this.end = start;
    this.shared = this.#next(bytes, limit, coder);
    this.unshared = this.#next(bytes, limit, coder);
    this.payload = this.#next(bytes, limit, coder);
  }

  #next(bytes: Uint8Array, limit: number, coder: EntryCoder): number {
    let value = 0;
    for (let shift = 0; shift < 35 && this.end < limit; shift += 7) {
      const byte = bytes[this.end++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    return coder.fail('entry runs past its block');
  }
}
