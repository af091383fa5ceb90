import { pagedBuffer } from '../../env/page-memory.js';
import type { Arena } from './arena.js';

/** Slots filled at most, in percent; beyond, probes get long. */
const LOAD_PERCENT_MAX = 85;
const SLOTS_MIN = 1024;
/** So far it grows at a time: a few entries at the start do not yet say how many there will be. */
const GROWTH_MAX = 16;
/** Of the arena, in a line of a processor's cache: most entries begin in one and end in the next. */
const WORDS_A_LINE = 64 / Int32Array.BYTES_PER_ELEMENT;

/**
 * From a key to its newest entry: open addressing with linear probing. A slot is one word: the number of an entry, 0 for
 * none, and in the bits that no entry of the arena needs a tag, as many bits of the key's hash. So a probe that does not meet
 * the key seldom touches an entry, and the table stays small enough for a processor's cache: nearly all that it takes to
 * add a key is the wait for its slot.
 *
 * **Growing** asks each entry for its hash, and so waits for memory once an entry. Growing by steps of two, a memtable of
 * small entries would do so a dozen times, the last time for some ten milliseconds in which nothing else runs. So the table
 * grows to the size that the arena will need when it is full, judged by the keys in the part of it that is filled: while
 * there are few of them, and seldom again. Of large values a memtable holds few, and the table stays small.
 */
export class HashIndex {
  readonly #arena: Arena;
  readonly #entryMask: number;
  #slots: Int32Array;
  #mask: number;
  #keyCount = 0;
  /** What `touch` has read, written down so that the compiler does not find its loop of no use. */
  readonly #touched = new Int32Array(1);

  /** @param slots of an index over an arena of the same size that is not used any more; new ones when absent */
  constructor(arena: Arena, slots?: Int32Array) {
    this.#arena = arena;
    this.#entryMask = -1 >>> Math.clz32(arena.words.length);
    this.#slots = slots === undefined ? new Int32Array(SLOTS_MIN) : slots.fill(0);
    this.#mask = this.#slots.length - 1;
  }

  /** What another index may be made of once this one is not used any more. */
  get slots(): Int32Array {
    return this.#slots;
  }

  /** Distinct keys. */
  get keyCount(): number {
    return this.#keyCount;
  }

  /**
   * Brings the slots of the first `count` hashes into the processor's cache, for calls that follow. None of these loads
   * depends on another, so the processor waits for many at once, where those calls would wait for one after the other.
   */
  touch(hashes: Int32Array, count: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= slots[hashes[i]! & mask]!;
    this.#touched[0] = touched;
  }

  /** As `touch`, the entries that these slots lead to; the slots are near. */
  touchEntries(hashes: Int32Array, count: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    const entryMask = this.#entryMask;
    const { words } = this.#arena;
    let touched = 0;
    for (let i = 0; i < count; i++) {
      const hash = hashes[i]!;
      const held = slots[hash & mask]!;
      const entry = held & entryMask;
      if (((held ^ hash) & ~entryMask) === 0) touched |= words[entry]! | words[entry + WORDS_A_LINE]!;
    }
    this.#touched[0] = touched;
  }

  /** Newest entry of the key, 0 when there is none. */
  find(hash: number, key: Uint8Array, keyStart: number, keyEnd: number): number {
    return this.#slots[this.#slotOf(hash | 0, key, keyStart, keyEnd)]! & this.#entryMask;
  }

  /** Makes `entry` the newest of the key and returns the one that was, 0 for none. */
  replace(hash: number, key: Uint8Array, keyStart: number, keyEnd: number, entry: number): number {
    const slot = this.#slotOf(hash | 0, key, keyStart, keyEnd);
    const entryMask = this.#entryMask;
    const previous = this.#slots[slot]! & entryMask;
    this.#slots[slot] = (hash & ~entryMask) | entry;
    if (previous === 0 && ++this.#keyCount * 100 > this.#slots.length * LOAD_PERCENT_MAX) this.#grow(entry);
    return previous;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  #slotOf(hash: number, key: Uint8Array, keyStart: number, keyEnd: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const entryMask = this.#entryMask;
    const tag = hash & ~entryMask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot]!;
      if (held === 0) return slot;
      if ((held & ~entryMask) === tag && this.#arena.hasKey(held & entryMask, hash, key, keyStart, keyEnd)) return slot;
    }
  }

  /** @param newest the entry at the end of what is filled of the arena */
  #grow(newest: number): void {
    const old = this.#slots;
    const entryMask = this.#entryMask;
    const length = this.#grownLength(newest);
    const slots = new Int32Array(pagedBuffer(length * Int32Array.BYTES_PER_ELEMENT), 0, length);
    const mask = slots.length - 1;
    for (let i = 0; i < old.length; i++) {
      const held = old[i]!;
      if (held === 0) continue;
      let slot = this.#arena.hash(held & entryMask) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = held;
    }
    this.#slots = slots;
    this.#mask = mask;
  }

  #grownLength(newest: number): number {
    const { length } = this.#slots;
    const keysWhenFull = (this.#keyCount / newest) * this.#arena.words.length;
    let grown = length * 2;
    while (grown < length * GROWTH_MAX && grown * LOAD_PERCENT_MAX < keysWhenFull * 100) grown *= 2;
    return grown;
  }
}
