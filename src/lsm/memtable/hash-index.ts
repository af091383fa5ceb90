import type { Arena } from './arena.js';

/** Slots filled at most, in percent; beyond, probes get long. */
const LOAD_PERCENT_MAX = 70;
/** Doubling from here to a full memtable of small entries costs some ten milliseconds, once: the memory is used again. */
const SLOTS_MIN = 1024;

/**
 * From a key to its newest entry: open addressing with linear probing. A slot is two words, [hash, entry], so a probe that
 * does not meet the key touches no entry, and growing touches none at all. It starts small and grows with the keys: of
 * large values a memtable holds few.
 */
export class HashIndex {
  readonly #arena: Arena;
  #slots: Int32Array;
  #mask: number;
  #keyCount = 0;

  /** @param slots of an index that is not used any more, to be used again; new ones when absent */
  constructor(arena: Arena, slots?: Int32Array) {
    this.#arena = arena;
    this.#slots = slots === undefined ? new Int32Array(SLOTS_MIN * 2) : slots.fill(0);
    this.#mask = this.#slots.length / 2 - 1;
  }

  /** What another index may be made of once this one is not used any more. */
  get slots(): Int32Array {
    return this.#slots;
  }

  /** Distinct keys. */
  get keyCount(): number {
    return this.#keyCount;
  }

  get byteLength(): number {
    return this.#slots.byteLength;
  }

  /** Newest entry of the key, 0 when there is none. */
  find(hash: number, key: Uint8Array, keyStart: number, keyEnd: number): number {
    return this.#slots[this.#slotOf(hash | 0, key, keyStart, keyEnd) + 1]!;
  }

  /** Makes `entry` the newest of the key and returns the one that was, 0 for none. */
  replace(hash: number, key: Uint8Array, keyStart: number, keyEnd: number, entry: number): number {
    const slot = this.#slotOf(hash | 0, key, keyStart, keyEnd);
    const previous = this.#slots[slot + 1]!;
    this.#slots[slot + 1] = entry;
    if (previous === 0) {
      this.#slots[slot] = hash;
      if (++this.#keyCount * 100 > (this.#mask + 1) * LOAD_PERCENT_MAX) this.#grow();
    }
    return previous;
  }

  /** Word of the slot that holds the key, or of the empty one where it belongs. */
  #slotOf(hash: number, key: Uint8Array, keyStart: number, keyEnd: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const arena = this.#arena;
    const { bytes } = arena;
    const keyLength = keyEnd - keyStart;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot * 2 + 1]!;
      if (entry === 0) return slot * 2;
      if (slots[slot * 2] !== hash || arena.keyLength(entry) !== keyLength) continue;
      const start = arena.keyStart(entry);
      let i = 0;
      while (i < keyLength && bytes[start + i] === key[keyStart + i]) i++;
      if (i === keyLength) return slot * 2;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const mask = old.length - 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i]! & mask;
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * 2] = old[i]!;
      slots[slot * 2 + 1] = old[i + 1]!;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
