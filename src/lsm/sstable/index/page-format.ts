import { headOf } from '../../key-head.js';
import { readUint32, writeUint32 } from '../block/block-format.js';
import { KEY_HASH_ID, type BloomBits } from './bloom-filter.js';

/**
 * An index page: which of its children a key is in, where they are in their file, and a filter over their keys. It is
 * searched as it lies on disk (`IndexPage`), so all that a search touches has a fixed width.
 *
 *     page   = first u48, child count u32, shared length u32, rests length u32, hash id u8, probes u8, bit count u32,
 *              head*count, record*count, shared, rest*count, bits
 *     head   = u32, below 2^31
 *     record = rest end u32, end u48, start cut u8, start byte u8
 *
 * `first` is where the first child begins in its file, `end` where a child ends and the next begins. A separator is
 * `shared`, with which all of them begin, followed by its rest; the rests lie one behind the other. The head is the
 * number that the first 31 bits of the rest are, most significant first, as if zeros followed where it ends.
 *
 * The start of a child is a key before which it holds nothing: the separator before it without its last `cut` bytes,
 * followed by the byte. A cut of 255 says that there is none.
 *
 * Without a filter hash id, probes and bit count are 0. Numbers are little-endian.
 */
export const FIRST = 0;
export const CHILD_COUNT = 6;
export const SHARED_BYTES = 10;
export const RESTS_BYTES = 14;
export const HASH_ID = 18;
export const PROBES = 19;
export const BIT_COUNT = 20;
export const HEADER_BYTES = 24;

export const HEAD_BYTES = 4;

export const END = 4;
export const START_CUT = 10;
export const START_BYTE = 11;
export const RECORD_BYTES = 12;
export const NO_START = 0xff;

/** What the writer notes of a child. */
export interface IndexNote {
  /**
   * At or after the last key of the child, before the first key of the next (or equal to it, where one key goes on).
   */
  readonly separator: Uint8Array;
  /** In its file. */
  readonly end: number;
  /**
   * The shortest key after the last of the child before and not after its own first; `undefined` when a key goes on
   * from the child before, and for the first.
   */
  readonly start: Uint8Array | undefined;
}

/** @param trailerBytes room behind the page, zeroed */
export function encodePage(
  first: number,
  notes: readonly IndexNote[],
  filter: BloomBits | undefined,
  trailerBytes = 0,
): Uint8Array {
  const shared = sharedByAll(notes);
  const recordsStart = HEADER_BYTES + notes.length * HEAD_BYTES;
  const sharedStart = recordsStart + notes.length * RECORD_BYTES;
  const restsStart = sharedStart + shared;
  const bitsStart = notes.reduce((end, { separator }) => end + separator.length - shared, restsStart);
  const page = new Uint8Array(bitsStart + (filter?.bits.length ?? 0) + trailerBytes);
  writeUint48(page, FIRST, first);
  writeUint32(page, CHILD_COUNT, notes.length);
  writeUint32(page, SHARED_BYTES, shared);
  writeUint32(page, RESTS_BYTES, bitsStart - restsStart);
  if (notes.length > 0) page.set(notes[0]!.separator.subarray(0, shared), sharedStart);
  let restEnd = restsStart;
  for (const [i, note] of notes.entries()) {
    const { separator, end } = note;
    for (let at = shared; at < separator.length; at++) page[restEnd++] = separator[at]!;
    writeUint32(page, HEADER_BYTES + i * HEAD_BYTES, headOf(separator, shared, separator.length));
    const record = recordsStart + i * RECORD_BYTES;
    writeUint32(page, record, restEnd - restsStart);
    writeUint48(page, record + END, end);
    writeStart(page, record, note, notes[i - 1]);
  }
  if (filter !== undefined) {
    page[HASH_ID] = KEY_HASH_ID;
    page[PROBES] = filter.probes;
    writeUint32(page, BIT_COUNT, filter.bitCount);
    page.set(filter.bits, bitsStart);
  }
  return page;
}

/** How long the page is that begins with these bytes, which are `HEADER_BYTES` at the least. */
export function pageLength(page: Uint8Array): number {
  const childCount = readUint32(page, CHILD_COUNT);
  const fixed = HEADER_BYTES + childCount * (HEAD_BYTES + RECORD_BYTES);
  return fixed + readUint32(page, SHARED_BYTES) + readUint32(page, RESTS_BYTES) + readUint32(page, BIT_COUNT) / 8;
}

export function readUint48(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset) + (bytes[offset + 4]! | (bytes[offset + 5]! << 8)) * 2 ** 32;
}

export function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  writeUint32(bytes, offset, value);
  const high = Math.floor(value / 2 ** 32);
  bytes[offset + 4] = high;
  bytes[offset + 5] = high >>> 8;
}

function writeStart(page: Uint8Array, record: number, { start }: IndexNote, before: IndexNote | undefined): void {
  // Rarely a separator goes on for long behind where the start leaves it: then the start is left out.
  const cut = before === undefined || start === undefined ? NO_START : before.separator.length + 1 - start.length;
  page[record + START_CUT] = Math.min(cut, NO_START);
  if (cut < NO_START) page[record + START_BYTE] = start!.at(-1)!;
}

/** They are in order, so it is what the first and the last have in common. */
function sharedByAll(notes: readonly IndexNote[]): number {
  const first = notes[0]!.separator;
  const last = notes.at(-1)!.separator;
  const shorter = Math.min(first.length, last.length);
  let shared = 0;
  while (shared < shorter && first[shared] === last[shared]) shared++;
  return shared;
}
