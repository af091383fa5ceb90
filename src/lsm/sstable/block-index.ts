import { compareRanges, copyOf } from '../../base/bytes.js';
import { varintLength, writeVarint, type VarintReader } from '../../base/varint.js';

/** What the writer notes of each block it has written. */
export interface BlockNote {
  readonly byteLength: number;
  /** At or after the last key of the block, before the first key of the next (or equal to it, where one key goes on). */
  readonly separator: Uint8Array;
  /** Where the keys of the next block begin (see `BlockStarts`); `undefined` when one key goes on, and for the last. */
  readonly nextStart: Uint8Array | undefined;
}

/**
 *     block index = block count varint, (block length varint, separator length varint)*count, separator*count
 *
 * Blocks follow each other without gaps, the first behind the header of the data file.
 */
export function encodeBlockIndex(notes: readonly BlockNote[]): Uint8Array {
  let length = varintLength(notes.length);
  for (const { byteLength, separator } of notes) {
    length += varintLength(byteLength) + varintLength(separator.length) + separator.length;
  }
  const bytes = new Uint8Array(length);
  let offset = writeVarint(bytes, 0, notes.length);
  for (const { byteLength, separator } of notes) {
    offset = writeVarint(bytes, writeVarint(bytes, offset, byteLength), separator.length);
  }
  for (const { separator } of notes) {
    bytes.set(separator, offset);
    offset += separator.length;
  }
  return bytes;
}

/**
 * Which block a key is in. Flat arrays: few objects a table, however many blocks it has.
 *
 * Most of a search compares numbers, not keys: of each separator, the six bytes behind what all of them begin with stand
 * in `#heads` as one number, and separators whose heads differ are in the order of their heads. Only among those that
 * share the head of the key sought are bytes compared.
 */
export class BlockIndex {
  readonly blockCount: number;
  /** Of block i in the data file; one more at the end: where the last block ends. */
  readonly positions: Float64Array;
  readonly #separators: Uint8Array;
  /** Separator i ends here, and i + 1 begins. */
  readonly #separatorEnds: Uint32Array;
  /** How many first bytes all separators have in common. */
  readonly #sharedLength: number;
  readonly #heads: Float64Array;

  constructor(reader: VarintReader, firstPosition: number) {
    this.blockCount = reader.varint();
    // Two bytes a block at least: what the count makes us reserve is bounded by the bytes at hand.
    if (this.blockCount * 2 > reader.remaining) reader.bytes(this.blockCount * 2);
    this.positions = new Float64Array(this.blockCount + 1);
    this.#separatorEnds = new Uint32Array(this.blockCount);
    this.positions[0] = firstPosition;
    let separatorEnd = 0;
    for (let i = 0; i < this.blockCount; i++) {
      this.positions[i + 1] = this.positions[i]! + reader.varint();
      separatorEnd += reader.varint();
      this.#separatorEnds[i] = separatorEnd;
    }
    this.#separators = reader.bytes(separatorEnd);
    this.#sharedLength = this.#sharedByAll();
    this.#heads = new Float64Array(this.blockCount);
    for (let i = 0; i < this.blockCount; i++) {
      this.#heads[i] = headOf(this.#separators, this.#startOf(i) + this.#sharedLength, this.#separatorEnds[i]!);
    }
  }

  get byteLength(): number {
    return this.positions.byteLength + this.#separatorEnds.byteLength + this.#heads.byteLength;
  }

  /** The first block that may hold `key` or a later one; `blockCount` when all are before it. */
  find(key: Uint8Array): number {
    const sharedLength = this.#sharedLength;
    const separators = this.#separators;
    for (let i = 0; i < sharedLength; i++) {
      // A key that ends within what all begin with is before all of them.
      if (i === key.length || key[i]! < separators[i]!) return 0;
      if (key[i]! > separators[i]!) return this.blockCount;
    }
    const heads = this.#heads;
    const head = headOf(key, sharedLength, key.length);
    let low = 0;
    let high = heads.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (heads[middle]! < head) low = middle + 1;
      else high = middle;
    }
    return heads[low] === head ? this.#findAmongEqual(key, head, low) : low;
  }

  separator(block: number): Uint8Array {
    return this.#separators.subarray(this.#startOf(block), this.#separatorEnds[block]);
  }

  /** As `find`, for a key that is not before any block before `low`. */
  #findAmongEqual(key: Uint8Array, head: number, low: number): number {
    const heads = this.#heads;
    const separators = this.#separators;
    let end = low;
    // Few share a head as a rule; where many do, the steps double.
    for (let step = 1; end < heads.length && heads[end] === head; step *= 2) end = Math.min(end + step, heads.length);
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const isBefore =
        heads[middle] === head &&
        compareRanges(separators, this.#startOf(middle), this.#separatorEnds[middle]!, key, 0, key.length) < 0;
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #startOf(block: number): number {
    return block === 0 ? 0 : this.#separatorEnds[block - 1]!;
  }

  /** They are in order, so it is what the first and the last have in common. */
  #sharedByAll(): number {
    if (this.blockCount === 0) return 0;
    const first = this.separator(0);
    const last = this.separator(this.blockCount - 1);
    const shorter = Math.min(first.length, last.length);
    let shared = 0;
    while (shared < shorter && first[shared] === last[shared]) shared++;
    return shared;
  }
}

/** The bytes of a number that a double holds exactly. */
const HEAD_BYTES = 6;

/** The first bytes from `start` on as one number; where they end early, as if zeros followed. */
function headOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= HEAD_BYTES) {
    const high = (bytes[start]! << 16) | (bytes[start + 1]! << 8) | bytes[start + 2]!;
    const low = (bytes[start + 3]! << 16) | (bytes[start + 4]! << 8) | bytes[start + 5]!;
    return high * 0x1000000 + low;
  }
  let head = 0;
  for (let at = start; at < start + HEAD_BYTES; at++) head = head * 0x100 + (at < end ? bytes[at]! : 0);
  return head;
}

/**
 * A short key at or after `last` and before `next`, or `last` itself. One byte longer than it need be: so it stays close to
 * `last`, and what lies between it and `next` can be known to be empty.
 */
export function separatorBetween(last: Uint8Array, next: Uint8Array): Uint8Array {
  let at = 0;
  while (at < last.length && last[at] === next[at]) at++;
  // Behind the first difference any byte will do that is greater than that of `last`.
  do at++;
  while (last[at] === 0xff);
  if (at >= last.length - 1) return last;
  const separator = copyOf(last, 0, at + 1);
  separator[at] = separator[at]! + 1;
  return separator;
}
