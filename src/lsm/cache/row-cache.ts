import { copyRange } from '../../base/bytes.js';
import { Operation, ValuePlace, type Entry } from '../entry.js';
import type { BlockCache } from './block-cache.js';
import { CacheEntry } from './cache-entry.js';

/** Of the cache. Small, so that blocks hardly miss it; as rows, it holds as much of what is hot as all the rest. */
const SHARE = 1 / 32;
/** The least that can hold a few rows. */
const MEMORY_BYTES_MIN = 1024;
/** As far as the numbers in a slot go. */
const MEMORY_BYTES_MAX = 2 ** 23;
/** Rows are dropped by the segment, the oldest first. */
const SEGMENT_COUNT = 8;
/** A longer one gains little from lying alone: what it costs is its bytes. */
const ROW_BYTES_MAX = 4 * 1024;
const BYTES_A_SLOT = 64;

/** A row lies at a multiple of this. */
const UNIT = 8;
/**
 * A row, by the unit: hash i32; in one word the lengths of key and value, 12 bits each, and the number of the content
 * type; sequence, epoch, written at, expires at (f64 each); key; value.
 */
const SEQUENCE = 1;
const EPOCH = 2;
const WRITTEN_AT = 3;
const EXPIRES_AT = 4;
const KEY_START = 5 * UNIT;

const LENGTH_BITS = 12;
const LENGTH_MASK = 2 ** LENGTH_BITS - 1;
/** Programs use a few; values of further ones have no rows. */
const CONTENT_TYPES_MAX = 256;

/** A slot with a note: the hash of a key, but for its last bit, which says that there is no row. */
const NOTE = ~1;
/** A slot with a row: ten bits of the hash of its key, whether it was used, and where it is, in units. */
const TAG = 0xffc00000;
const USED = 0x00200000;
const POSITION_SHIFT = 1;
const POSITION = 0x001ffffe;
const IS_ROW = 1;

/** So many second looks, as a part of the slots, are worth the blocks that must go for the memory of rows. */
const SECOND_LOOKS_SHARE = 1 / 64;

/**
 * The newest versions of keys that are read again and again, copied out of their blocks and side by side.
 *
 * A key that is hot among a million others is in a block with thirty that are not, and a hundredth of the keys in a
 * hundredth of the bytes but in a quarter of the blocks: more than fits the caches of the processor, so that each read
 * waits for memory half a dozen times. As rows they do fit. (A row cache is also what RocksDB calls it.)
 *
 * **Right for as long as the tables show the same.** A row is the newest version that any table has. It stays so until a
 * flush adds tables: with that, the sequence up to which tables go rises, and all rows are void. Compactions change
 * nothing: the newest version of a key stays, or goes because it has ended, which whoever reads the row sees as well.
 * Reads below that sequence, of older snapshots, pass rows by. Memtables are asked before, so a newer version there hides
 * the row. Deletes and values in value files are left to the tables.
 *
 * **The second look counts.** A slot takes note of a key when it is looked for, and keeps its row when it is looked for
 * again before another key took the slot. A row that was used gets a second chance against others. So reads all over the
 * keys cost a look at a slot, and nothing is copied.
 *
 * **Memory** is taken when there have been enough second looks, at the beginning of the next look; it counts in the block
 * cache, and is given up like a block when rows are not used. It is filled from one segment to the next; when it is full,
 * the segment with the oldest rows is the next.
 */
export class RowCache extends CacheEntry {
  readonly #cache: BlockCache;
  readonly #memoryBytes: number;
  readonly #slots: Int32Array;
  readonly #slotMask: number;
  /** All rows are of tables that went so far. */
  #tablesSequence = -1;
  #bytes: Uint8Array | undefined = undefined;
  #words = new Int32Array(0);
  #numbers = new Float64Array(0);
  /** Where the next row goes, and the segment of it ends, in bytes. */
  #next = 0;
  #segmentEnd = 0;
  /** Since there was memory for rows. */
  #secondLooks = 0;
  /** By their numbers. */
  readonly #contentTypes: string[] = [];

  constructor(cache: BlockCache) {
    const memoryBytes = Math.min(2 ** Math.floor(Math.log2(cache.bytesMax * SHARE)), MEMORY_BYTES_MAX);
    const slotCount = memoryBytes < MEMORY_BYTES_MIN ? 0 : memoryBytes / BYTES_A_SLOT;
    super(memoryBytes + slotCount * Int32Array.BYTES_PER_ELEMENT);
    this.#cache = cache;
    this.#memoryBytes = memoryBytes;
    this.#slots = new Int32Array(slotCount);
    this.#slotMask = slotCount - 1;
  }

  /** Brings near what `find` looks at for keys with these hashes: see `GroupSearch`. */
  touch(hashes: Int32Array, count: number): number {
    const slots = this.#slots;
    const mask = this.#slotMask;
    let touched = 0;
    for (let i = 0; i < count; i++) touched |= slots[hashes[i]! & mask]!;
    return touched;
  }

  /**
   * The newest version of `key` in tables that go up to `tablesSequence`, when it is here and to be seen at `atSequence`.
   * `hash` is `hashKey(key)`. What `into` shows is good until the next row comes in.
   */
  find(key: Uint8Array, hash: number, atSequence: number, tablesSequence: number, into: Entry): boolean {
    const bytes = this.#bytes;
    if (bytes === undefined) {
      this.#openWhenDue();
      return false;
    }
    if (tablesSequence !== this.#tablesSequence || atSequence < tablesSequence) return false;
    const slot = this.#slots[hash & this.#slotMask]!;
    if (((slot ^ hash) & TAG) !== 0 || (slot & IS_ROW) === 0) return false;
    const start = startOf(slot);
    const lengths = this.#words[start / 4 + 1]!;
    const keyStart = start + KEY_START;
    const keyEnd = keyStart + (lengths & LENGTH_MASK);
    if (this.#words[start / 4] !== (hash | 0) || keyEnd - keyStart !== key.length) return false;
    for (let i = 0; i < key.length; i++) if (bytes[keyStart + i] !== key[i]) return false;
    this.#slots[hash & this.#slotMask] = slot | USED;
    this.isReferenced = true;
    this.#cache.rowHits++;

    const numbers = this.#numbers;
    const first = start / UNIT;
    into.keyBytes = key;
    into.keyStart = 0;
    into.keyEnd = key.length;
    into.operation = Operation.put;
    into.sequence = numbers[first + SEQUENCE]!;
    into.epoch = numbers[first + EPOCH]!;
    into.writtenAtMs = numbers[first + WRITTEN_AT]!;
    into.expiresAtMs = numbers[first + EXPIRES_AT]!;
    into.contentType = this.#contentTypes[lengths >>> (2 * LENGTH_BITS)]!;
    into.valueBytes = bytes;
    into.valueStart = keyEnd;
    into.valueEnd = keyEnd + ((lengths >>> LENGTH_BITS) & LENGTH_MASK);
    into.valuePlace = ValuePlace.inline;
    return true;
  }

  /** Told of what tables have shown for a look that `find` had no answer to, in the same turn. */
  offer(key: Uint8Array, hash: number, atSequence: number, tablesSequence: number, entry: Entry): void {
    if (this.#slots.length === 0 || atSequence < tablesSequence) return;
    if (tablesSequence !== this.#tablesSequence) this.#forget(tablesSequence);
    const slots = this.#slots;
    const index = hash & this.#slotMask;
    const slot = slots[index]!;
    if ((slot & IS_ROW) !== 0) {
      // Another key's row.
      slots[index] = (slot & USED) === 0 ? hash & NOTE : slot & ~USED;
    } else if (slot !== (hash & NOTE)) {
      slots[index] = hash & NOTE;
    } else if (isRow(entry)) {
      const contentType = this.#numberOf(entry.contentType);
      if (contentType === CONTENT_TYPES_MAX) return;
      const start = this.#place(KEY_START + key.length + entry.valueEnd - entry.valueStart);
      if (start < 0) return;
      this.#write(start, key, hash, entry, contentType);
      slots[index] = (hash & TAG) | ((start / UNIT) << POSITION_SHIFT) | IS_ROW;
    }
  }

  /** For the cache: rows that nobody uses are given up with their memory. */
  override evict(): boolean {
    this.#bytes = undefined;
    this.#words = new Int32Array(0);
    this.#numbers = new Float64Array(0);
    this.#slots.fill(0);
    this.#contentTypes.length = 0;
    this.#secondLooks = 0;
    return true;
  }

  close(): void {
    this.#cache.remove(this);
    this.evict();
  }

  #forget(tablesSequence: number): void {
    this.#tablesSequence = tablesSequence;
    this.#slots.fill(0);
    this.#contentTypes.length = 0;
    this.#beginAt(0);
  }

  /** Room for a row: where it begins, in bytes; -1 when there is none. */
  #place(length: number): number {
    const segmentBytes = this.#memoryBytes / SEGMENT_COUNT;
    const rowBytes = Math.ceil(length / UNIT) * UNIT;
    if (rowBytes > Math.min(ROW_BYTES_MAX, segmentBytes)) return -1;
    if (this.#bytes === undefined) {
      this.#secondLooks++;
      return -1;
    }
    if (this.#next + rowBytes > this.#segmentEnd) this.#beginAt(this.#segmentEnd % this.#memoryBytes);
    const start = this.#next;
    this.#next += rowBytes;
    return start;
  }

  /**
   * Takes memory when there is enough to gain. At the beginning of a look: what goes from the cache for it may be the table
   * that a look has found its key in.
   */
  #openWhenDue(): void {
    if (this.#secondLooks === 0 || this.#secondLooks < this.#slots.length * SECOND_LOOKS_SHARE) return;
    const buffer = new ArrayBuffer(this.#memoryBytes);
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#numbers = new Float64Array(buffer);
    this.#beginAt(0);
    this.#cache.insert(this);
  }

  /** Goes on in the segment at `start`. What is in it is dropped. */
  #beginAt(start: number): void {
    const end = start + this.#memoryBytes / SEGMENT_COUNT;
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!;
      if ((slot & IS_ROW) !== 0 && startOf(slot) >= start && startOf(slot) < end) slots[i] = 0;
    }
    this.#next = start;
    this.#segmentEnd = end;
  }

  /** `CONTENT_TYPES_MAX` when there are too many already. */
  #numberOf(contentType: string): number {
    const types = this.#contentTypes;
    const number = types.indexOf(contentType);
    if (number >= 0) return number;
    return types.length === CONTENT_TYPES_MAX ? CONTENT_TYPES_MAX : types.push(contentType) - 1;
  }

  #write(start: number, key: Uint8Array, hash: number, entry: Entry, contentType: number): void {
    const { valueBytes, valueStart, valueEnd } = entry;
    const first = start / UNIT;
    const keyStart = start + KEY_START;
    this.#words[start / 4] = hash;
    this.#words[start / 4 + 1] =
      key.length | ((valueEnd - valueStart) << LENGTH_BITS) | (contentType << (2 * LENGTH_BITS));
    this.#numbers[first + SEQUENCE] = entry.sequence;
    this.#numbers[first + EPOCH] = entry.epoch;
    this.#numbers[first + WRITTEN_AT] = entry.writtenAtMs;
    this.#numbers[first + EXPIRES_AT] = entry.expiresAtMs;
    copyRange(key, 0, key.length, this.#bytes!, keyStart);
    copyRange(valueBytes, valueStart, valueEnd, this.#bytes!, keyStart + key.length);
  }
}

/** Of the row that the slot has, in bytes. */
function startOf(slot: number): number {
  return ((slot & POSITION) >>> POSITION_SHIFT) * UNIT;
}

function isRow({ operation, valuePlace }: Entry): boolean {
  return operation === Operation.put && valuePlace === ValuePlace.inline;
}
