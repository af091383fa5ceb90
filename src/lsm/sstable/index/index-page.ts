import { compareRanges, copyOf } from '../../../base/bytes.js';
import { corruption } from '../../../base/errors.js';
import { PooledEntry, type PieceSlots } from '../../cache/pooled-entry.js';
import { headOf } from '../../key-head.js';
import { readUint32 } from '../block/block-format.js';
import { KEY_HASH_ID, mayContain, touchBits } from './bloom-filter.js';
import {
  BIT_COUNT,
  CHILD_COUNT,
  END,
  FIRST,
  HASH_ID,
  HEAD_BYTES,
  HEADER_BYTES,
  NO_START,
  PROBES,
  readUint48,
  RECORD_BYTES,
  RESTS_BYTES,
  SHARED_BYTES,
  START_BYTE,
  START_CUT,
} from './page-format.js';

/**
 * One page of a table's index in memory, searched as it lies: a page that is read anew for one look must not cost a
 * dozen arrays. Its children are blocks of the data file; those of the root are the pages of the index file.
 *
 * Most of a search compares numbers, not keys: the heads, side by side in a few lines of memory. Separators whose heads
 * differ are in the order of their heads; only among those that share the head of the key sought are bytes compared.
 */
export class IndexPage extends PooledEntry {
  readonly childCount: number;
  readonly #heads: Int32Array;
  readonly #sharedLength: number;
  readonly #recordsStart: number;
  readonly #sharedStart: number;
  readonly #restsStart: number;
  readonly #probes: number;
  readonly #bitCount: number;
  readonly #bitsStart: number;

  /**
   * @param bytes of which the first `length` are the page, without its checksum
   * @throws CoreCacheError `CORRUPTION` when they cannot be one
   */
  constructor(
    bytes: Uint8Array,
    length: number,
    slots: PieceSlots<PooledEntry>,
    number: number,
    path: string,
    position: number,
  ) {
    super(bytes, slots, number);
    if (length < HEADER_BYTES) throw corruption(path, position, 'index page is too short');
    this.childCount = readUint32(bytes, CHILD_COUNT);
    this.#sharedLength = readUint32(bytes, SHARED_BYTES);
    this.#recordsStart = HEADER_BYTES + this.childCount * HEAD_BYTES;
    this.#sharedStart = this.#recordsStart + this.childCount * RECORD_BYTES;
    this.#restsStart = this.#sharedStart + this.#sharedLength;
    this.#probes = bytes[PROBES]!;
    this.#bitCount = readUint32(bytes, BIT_COUNT);
    this.#bitsStart = this.#restsStart + readUint32(bytes, RESTS_BYTES);
    if (this.childCount === 0 || this.#bitsStart + Math.ceil(this.#bitCount / 8) !== length) {
      throw corruption(path, position, 'index page has the wrong size');
    }
    if (this.#bitCount !== 0 && bytes[HASH_ID] !== KEY_HASH_ID) {
      throw corruption(path, position, `filter hash ${bytes[HASH_ID]!} is not known`);
    }
    this.#heads = headsOf(bytes, this.childCount);
  }

  /** Brings near what the page is found by: see `GroupSearch`. */
  touch(): number {
    return this.childCount | this.#bitsStart | this.#heads.length | this.bytes.length;
  }

  /** Brings near what `mayContain` and `find` look at. The page itself is near. */
  touchFor(hash: number): number {
    const heads = this.#heads;
    let touched = touchBits(this.bytes, this.#bitsStart, this.#bitCount, this.#probes, hash);
    for (let i = 0; i < heads.length; i += HEADS_A_LINE) touched |= heads[i]!;
    return touched;
  }

  /** False: none of the blocks has a version of a key with this hash. */
  mayContain(hash: number): boolean {
    return this.#bitCount === 0 || mayContain(this.bytes, this.#bitsStart, this.#bitCount, this.#probes, hash);
  }

  /** Of the filter; 0 when there is none. */
  get filterBits(): number {
    return this.#bitCount;
  }

  /**
   * The first child that may hold `key` or a later one; `childCount` when all are before it.
   * @param known so many first bytes of the key are those of all separators
   */
  find(key: Uint8Array, known = 0): number {
    const { bytes, childCount } = this;
    const sharedLength = this.#sharedLength;
    const sharedStart = this.#sharedStart;
    const compared = sharedLength < key.length ? sharedLength : key.length;
    for (let i = known; i < compared; i++) {
      const difference = key[i]! - bytes[sharedStart + i]!;
      if (difference !== 0) return difference < 0 ? 0 : childCount;
    }
    // A key that ends within what all begin with is before all of them.
    if (compared < sharedLength) return 0;
    const head = headOf(key, sharedLength, key.length);
    // Half of the branches of a search go another way than the processor guesses, so here are none: the sign of a
    // difference, spread over all bits, says whether to step. Measured, it takes half of the time.
    const heads = this.#heads;
    let low = 0;
    for (let left = childCount; left > 1;) {
      const half = left >>> 1;
      low += half & ((heads[low + half - 1]! - head) >> 31);
      left -= half;
    }
    low += (heads[low]! - head) >>> 31;
    return heads[low] === head ? this.#findAmongEqual(key, head, low) : low;
  }

  /** Where a child begins in its file. */
  position(child: number): number {
    return child === 0 ? readUint48(this.bytes, FIRST) : this.end(child - 1);
  }

  /** Where a child ends in its file. */
  end(child: number): number {
    return readUint48(this.bytes, this.#record(child) + END);
  }

  /** At or after the last key of the child, and before the first of the next, or equal to it. A copy. */
  separator(child: number): Uint8Array {
    const { bytes } = this;
    const shared = bytes.subarray(this.#sharedStart, this.#restsStart);
    const separator = new Uint8Array(this.#separatorLength(child));
    separator.set(shared);
    separator.set(copyOf(bytes, this.#restStart(child), this.#restEnd(child)), shared.length);
    return separator;
  }

  /** Negative, zero or positive as the separator of the child is before, at or after `key`. */
  compareSeparator(child: number, key: Uint8Array): number {
    return this.#compareFirst(child, this.#separatorLength(child), key, key.length);
  }

  /**
   * Negative, zero or positive as the keys of the child begin before, at or after `key`; negative when that is not
   * known, as it never is of the first.
   */
  compareStart(child: number, key: Uint8Array): number {
    if (child === 0) return -1;
    const { bytes } = this;
    const record = this.#record(child);
    const cut = bytes[record + START_CUT]!;
    if (cut === NO_START) return -1;
    // The first bytes of the separator before, and one more.
    const depth = this.#separatorLength(child - 1) - cut;
    const order = this.#compareFirst(child - 1, depth, key, Math.min(depth, key.length));
    if (order !== 0) return order;
    if (key.length === depth) return 1;
    return bytes[record + START_BYTE]! - key[depth]! || depth + 1 - key.length;
  }

  /** Holds the first `length` bytes of a separator against the first `keyLength` of a key. */
  #compareFirst(child: number, length: number, key: Uint8Array, keyLength: number): number {
    const { bytes } = this;
    const shared = Math.min(length, this.#sharedLength);
    const sharedStart = this.#sharedStart;
    const order = compareRanges(bytes, sharedStart, sharedStart + shared, key, 0, Math.min(shared, keyLength));
    if (order !== 0) return order;
    const restStart = this.#restStart(child);
    return compareRanges(bytes, restStart, restStart + length - shared, key, shared, keyLength);
  }

  /** As `find`, for a key that is not before any child before `low`. */
  #findAmongEqual(key: Uint8Array, head: number, low: number): number {
    const heads = this.#heads;
    let end = low;
    // Few share a head as a rule; where many do, the steps double.
    for (let step = 1; heads[end] === head; step *= 2) end = Math.min(end + step, heads.length);
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heads[middle] === head && this.compareSeparator(middle, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #record(child: number): number {
    return this.#recordsStart + child * RECORD_BYTES;
  }

  #restStart(child: number): number {
    return child === 0 ? this.#restsStart : this.#restEnd(child - 1);
  }

  #restEnd(child: number): number {
    return this.#restsStart + readUint32(this.bytes, this.#record(child));
  }

  #separatorLength(child: number): number {
    return this.#sharedLength + this.#restEnd(child) - this.#restStart(child);
  }
}

/** In one line of a processor's cache. */
const HEADS_A_LINE = 64 / HEAD_BYTES;

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A view of them where they lie as the processor takes them, as in memory of the pool they do; else a copy. */
function headsOf(bytes: Uint8Array, count: number): Int32Array {
  const start = bytes.byteOffset + HEADER_BYTES;
  if (IS_LITTLE_ENDIAN && start % HEAD_BYTES === 0) return new Int32Array(bytes.buffer, start, count);
  return Int32Array.from({ length: count }, (_, i) => readUint32(bytes, HEADER_BYTES + i * HEAD_BYTES));
}
