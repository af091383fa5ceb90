import { assert } from '../../../base/assert.js';

/** Numbers of an entry: where it starts and ends in its block, where its payload starts, where its key ends in `keys`. */
const FIELDS = 4;
const END = 1;
const PAYLOAD_START = 2;
const KEY_END = 3;

/**
 * The entries between two restarts of a block, put together for going backward. Its memory is used again for the next
 * stretch: a walk over a table makes tens of thousands.
 */
export class Stretch {
  /** The keys, one after another. */
  keys = new Uint8Array(1024);
  #fields = new Int32Array(16 * FIELDS);
  #count = 0;
  /** The entry that was last asked for: the next is most often the one before it. */
  #at = 0;

  forget(): void {
    this.#count = 0;
    this.#at = 0;
  }

  /** Whether an entry ends at `offset` of the block that is here. */
  covers(offset: number): boolean {
    return this.#count > 0 && this.#fields[0]! < offset && offset <= this.#fields[(this.#count - 1) * FIELDS + END]!;
  }

  /** The number of the entry that ends at `offset`, which is covered. */
  numberEndingAt(offset: number): number {
    let number = this.#at;
    if (number === 0 || this.#fields[(number - 1) * FIELDS + END] !== offset) number = this.#count;
    do number--;
    while (number >= 0 && this.#fields[number * FIELDS + END] !== offset);
    assert(number >= 0, 'a stretch ends where an entry does');
    this.#at = number;
    return number;
  }

  start(number: number): number {
    return this.#fields[number * FIELDS]!;
  }

  payloadStart(number: number): number {
    return this.#fields[number * FIELDS + PAYLOAD_START]!;
  }

  keyStart(number: number): number {
    return number === 0 ? 0 : this.keyEnd(number - 1);
  }

  keyEnd(number: number): number {
    return this.#fields[number * FIELDS + KEY_END]!;
  }

  add(start: number, end: number, payloadStart: number, key: Uint8Array, keyLength: number): void {
    const keyStart = this.keyStart(this.#count);
    if (keyStart + keyLength > this.keys.length) this.#growKeys(keyStart + keyLength);
    const { keys } = this;
    for (let i = 0; i < keyLength; i++) keys[keyStart + i] = key[i]!;
    const at = this.#count * FIELDS;
    if (at === this.#fields.length) this.#growFields();
    const fields = this.#fields;
    fields[at] = start;
    fields[at + END] = end;
    fields[at + PAYLOAD_START] = payloadStart;
    fields[at + KEY_END] = keyStart + keyLength;
    this.#count++;
  }

  #growKeys(length: number): void {
    const larger = new Uint8Array(length * 2);
    larger.set(this.keys);
    this.keys = larger;
  }

  #growFields(): void {
    const larger = new Int32Array(this.#fields.length * 2);
    larger.set(this.#fields);
    this.#fields = larger;
  }
}
