import { copyOf } from '../../base/bytes.js';
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

/** Which block a key is in. Flat arrays: three objects a table, however many blocks it has. */
export class BlockIndex {
  readonly blockCount: number;
  /** Of block i in the data file; one more at the end: where the last block ends. */
  readonly positions: Float64Array;
  readonly #separators: Uint8Array;
  /** Separator i ends here, and i + 1 begins. */
  readonly #separatorEnds: Uint32Array;

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
  }

  get byteLength(): number {
    return this.positions.byteLength + this.#separatorEnds.byteLength;
  }

  /** The first block that may hold `key` or a later one; `blockCount` when all are before it. */
  find(key: Uint8Array): number {
    const separators = this.#separators;
    const ends = this.#separatorEnds;
    let low = 0;
    let high = this.blockCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const start = middle === 0 ? 0 : ends[middle - 1]!;
      const length = ends[middle]! - start;
      const shorter = length < key.length ? length : key.length;
      let difference = 0;
      for (let i = 0; i < shorter; i++) {
        difference = separators[start + i]! - key[i]!;
        if (difference !== 0) break;
      }
      if (difference === 0) difference = length - key.length;
      if (difference < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  separator(block: number): Uint8Array {
    return this.#separators.subarray(block === 0 ? 0 : this.#separatorEnds[block - 1]!, this.#separatorEnds[block]);
  }
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
