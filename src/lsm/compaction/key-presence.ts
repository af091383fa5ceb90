import { compareBytes } from '../../base/bytes.js';
import type { KeySpan } from './key-span.js';

/** Tells whether any of some spans, in rows that are each in key order, may hold a key. Asked for keys that only rise. */
export class KeyPresence {
  readonly #rows: readonly (readonly KeySpan[])[];
  /** By row: the first span that does not end before the keys asked for so far. */
  readonly #next: number[];

  constructor(rows: readonly (readonly KeySpan[])[]) {
    this.#rows = rows;
    this.#next = rows.map(() => 0);
  }

  mayHold(key: Uint8Array): boolean {
    for (let row = 0; row < this.#rows.length; row++) {
      const spans = this.#rows[row]!;
      let next = this.#next[row]!;
      while (next < spans.length && compareBytes(spans[next]!.lastKey, key) < 0) next++;
      this.#next[row] = next;
      if (next < spans.length && compareBytes(spans[next]!.firstKey, key) <= 0) return true;
    }
    return false;
  }
}
