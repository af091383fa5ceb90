import { headOf } from '../key-head.js';
import type { Arena } from './arena.js';

/** One head for so many entries: half a byte an entry. */
const ENTRIES_A_HEAD = 8;
/** To make so many heads takes about as long as a seek is spared by them. */
const HEADS_A_SEEK = 128;

/**
 * Entries of a memtable in order, which stays as it is once it is sought in.
 *
 * A search by halving asks one entry after another for its key, each somewhere else in memory, and waits for it: in a full
 * memtable, for most of what it takes to begin a scan. So a run in which keys are sought again and again gets heads: of
 * every eighth entry the first 31 bits behind what all keys of the run begin with. They lie side by side, and lead to the
 * few entries whose keys have to be compared.
 */
export class SortedRun {
  /** By their words in the arena. */
  readonly entries: Uint32Array;
  readonly #arena: Arena;
  #seekCount = 0;
  #heads: Int32Array | undefined = undefined;
  /** What all keys begin with: so many bytes of the first one. */
  #shared = 0;

  constructor(arena: Arena, entries: Uint32Array) {
    this.#arena = arena;
    this.entries = entries;
  }

  /** Where the first entry is whose key is `key` or a later one; the number of entries when there is none. */
  firstAtOrAfter(key: Uint8Array): number {
    const { length } = this.entries;
    const heads = this.#heads ?? this.#makeHeads();
    if (heads === undefined) return this.#firstBetween(key, 0, length);
    const order = this.#compareShared(key);
    if (order !== 0) return order < 0 ? 0 : length;
    const head = headOf(key, this.#shared, key.length);
    const before = countBelow(heads, head);
    const start = before === 0 ? 0 : (before - 1) * ENTRIES_A_HEAD + 1;
    return this.#firstBetween(key, start, Math.min(length, countBelow(heads, head + 1) * ENTRIES_A_HEAD));
  }

  /** As `firstAtOrAfter`, which is known to be from `low` to `high`. */
  #firstBetween(key: Uint8Array, low: number, high: number): number {
    const { entries } = this;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#arena.compareKey(entries[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Once there have been enough seeks for it. */
  #makeHeads(): Int32Array | undefined {
    const { entries } = this;
    const arena = this.#arena;
    const count = Math.ceil(entries.length / ENTRIES_A_HEAD);
    if (count === 0 || ++this.#seekCount * HEADS_A_SEEK < count) return undefined;
    const heads = new Int32Array(count);
    const shared = arena.sharedBytes(entries[0]!, entries.at(-1)!);
    for (let i = 0; i < count; i++) {
      const entry = entries[i * ENTRIES_A_HEAD]!;
      const start = arena.keyStart(entry);
      heads[i] = headOf(arena.bytes, start + shared, start + arena.keyLength(entry));
    }
    this.#shared = shared;
    this.#heads = heads;
    return heads;
  }

  /** Order of `key` and all keys of the run; 0 when it begins as they do. */
  #compareShared(key: Uint8Array): number {
    const { bytes } = this.#arena;
    const start = this.#arena.keyStart(this.entries[0]!);
    const shared = this.#shared;
    const compared = shared < key.length ? shared : key.length;
    for (let i = 0; i < compared; i++) {
      const difference = key[i]! - bytes[start + i]!;
      if (difference !== 0) return difference;
    }
    return compared - shared;
  }
}

/** How many of the heads, which rise, are below that one. */
function countBelow(heads: Int32Array, head: number): number {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (heads[middle]! < head) low = middle + 1;
    else high = middle;
  }
  return low;
}
