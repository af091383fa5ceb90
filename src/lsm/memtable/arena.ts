import { compareRanges, copyRange } from '../../base/bytes.js';
import { ContentTypeDecoder } from '../content-type.js';
import { NEVER_EXPIRES, ValuePlace, type Entry, type Operation } from '../entry.js';

/**
 * Entries one after another in shared memory, never moved and never freed one by one, so that a position in it is all that
 * a hash table, a sorted run or another thread needs. To the garbage collector the whole is one object. The memory may hold
 * remains of an earlier use: whatever is read of an entry has been written with it.
 *
 * An entry starts on a word of four bytes and is named by the number of that word; 0 names none.
 *
 *     word 0  key hash                 5  epoch bits 32..52 << 8 | flags
 *          1  previous version         6  key length
 *          2  sequence bits 0..31      7  value length
 *          3  sequence bits 32..52     8  written at ms, bits 0..31
 *          4  epoch bits 0..31         9  written at ms, bits 32..52
 *     key, filled up to a word
 *     [expires at ms, two words] [content type length, one word] [content type] value, filled up to a word
 *
 * The key stands at a fixed distance from the start: sorting reads nothing else.
 *
 * A large value begins at a multiple of eight bytes, the gap before it filled with whatever is there: V8 copies to and from
 * shared memory by words where both sides are so aligned, and byte by byte, four times slower, where they are not.
 */
export class Arena {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #contentTypes = new ContentTypeDecoder();

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Writes an entry with no previous version at `offset`, which has room for it. Returns the word after it. */
  write(
    offset: number,
    entry: Entry,
    hash: number,
    sequence: number,
    epoch: number,
    contentType: Uint8Array | undefined,
  ): number {
    const { words, bytes } = this;
    const keyLength = entry.keyEnd - entry.keyStart;
    const expires = entry.expiresAtMs !== NEVER_EXPIRES;
    const flags = entry.operation | (expires ? EXPIRES : 0) | (contentType === undefined ? 0 : HAS_CONTENT_TYPE);
    words[offset] = hash;
    words[offset + PREVIOUS] = 0;
    words[offset + SEQUENCE] = sequence;
    words[offset + SEQUENCE + 1] = sequence / WORD;
    words[offset + EPOCH] = epoch;
    words[offset + FLAGS] = ((epoch / WORD) << 8) | flags;
    words[offset + KEY_LENGTH] = keyLength;
    words[offset + VALUE_LENGTH] = entry.valueEnd - entry.valueStart;
    words[offset + WRITTEN_AT] = entry.writtenAtMs;
    words[offset + WRITTEN_AT + 1] = entry.writtenAtMs / WORD;
    this.#copy(entry.keyBytes, entry.keyStart, entry.keyEnd, (offset + HEADER_WORDS) << 2);
    let at = offset + HEADER_WORDS + ((keyLength + 3) >>> 2);
    if (expires) {
      words[at++] = entry.expiresAtMs;
      words[at++] = entry.expiresAtMs / WORD;
    }
    let contentTypeLength = 0;
    if (contentType !== undefined) {
      contentTypeLength = contentType.length;
      words[at++] = contentTypeLength;
      bytes.set(contentType, at << 2);
    }
    const valueStart = alignedStart((at << 2) + contentTypeLength, words[offset + VALUE_LENGTH]!);
    this.#copy(entry.valueBytes, entry.valueStart, entry.valueEnd, valueStart);
    return (valueStart + entry.valueEnd - entry.valueStart + 3) >>> 2;
  }

  /** Copies a range to `at`. */
  #copy(source: Uint8Array, start: number, end: number, at: number): void {
    const { words, bytes } = this;
    if (!IS_LITTLE_ENDIAN || (at & 3) !== 0 || end - start > COPIED_BY_WORDS_MAX) {
      copyRange(source, start, end, bytes, at);
      return;
    }
    let word = at >>> 2;
    for (const wordsEnd = end - ((end - start) & 3); start < wordsEnd; start += 4) {
      words[word++] =
        source[start]! | (source[start + 1]! << 8) | (source[start + 2]! << 16) | (source[start + 3]! << 24);
    }
    for (at = word << 2; start < end; start++) bytes[at++] = source[start]!;
  }

  /** The word after the entry. */
  end(offset: number): number {
    const { words } = this;
    const flags = words[offset + FLAGS]!;
    let at = offset + HEADER_WORDS + ((words[offset + KEY_LENGTH]! + 3) >>> 2);
    if ((flags & EXPIRES) !== 0) at += 2;
    let contentTypeLength = 0;
    if ((flags & HAS_CONTENT_TYPE) !== 0) contentTypeLength = words[at++]!;
    const valueLength = words[offset + VALUE_LENGTH]!;
    return (alignedStart((at << 2) + contentTypeLength, valueLength) + valueLength + 3) >>> 2;
  }

  /** Shows the entry in `into`; its bytes are the arena's own. */
  show(offset: number, into: Entry): void {
    const { words, bytes } = this;
    const highEpochAndFlags = words[offset + FLAGS]!;
    const keyStart = (offset + HEADER_WORDS) << 2;
    const keyEnd = keyStart + words[offset + KEY_LENGTH]!;
    into.keyBytes = bytes;
    into.keyStart = keyStart;
    into.keyEnd = keyEnd;
    into.keyShared = 0;
    into.sequence = this.sequence(offset);
    into.epoch = (highEpochAndFlags >>> 8) * WORD + (words[offset + EPOCH]! >>> 0);
    into.operation = (highEpochAndFlags & OPERATION_MASK) as Operation;
    into.writtenAtMs = words[offset + WRITTEN_AT + 1]! * WORD + (words[offset + WRITTEN_AT]! >>> 0);
    let at = (keyEnd + 3) >>> 2;
    if ((highEpochAndFlags & EXPIRES) === 0) into.expiresAtMs = NEVER_EXPIRES;
    else {
      into.expiresAtMs = words[at + 1]! * WORD + (words[at]! >>> 0);
      at += 2;
    }
    let valueStart = at << 2;
    if ((highEpochAndFlags & HAS_CONTENT_TYPE) === 0) into.contentType = '';
    else {
      const end = valueStart + 4 + words[at]!;
      into.contentType = this.#contentTypes.decode(bytes, valueStart + 4, end);
      valueStart = end;
    }
    const valueLength = words[offset + VALUE_LENGTH]!;
    valueStart = alignedStart(valueStart, valueLength);
    into.valueBytes = bytes;
    into.valueStart = valueStart;
    into.valueEnd = valueStart + valueLength;
    into.valuePlace = ValuePlace.inline;
  }

  sequence(offset: number): number {
    return this.words[offset + SEQUENCE + 1]! * WORD + (this.words[offset + SEQUENCE]! >>> 0);
  }

  operation(offset: number): Operation {
    return (this.words[offset + FLAGS]! & OPERATION_MASK) as Operation;
  }

  previous(offset: number): number {
    return this.words[offset + PREVIOUS]!;
  }

  setPrevious(offset: number, previous: number): void {
    this.words[offset + PREVIOUS] = previous;
  }

  hash(offset: number): number {
    return this.words[offset]!;
  }

  /** Whether the entry is one of this key. `hash` is `hashKey` of it, as a signed number. */
  hasKey(offset: number, hash: number, key: Uint8Array, keyStart: number, keyEnd: number): boolean {
    const { words, bytes } = this;
    const length = keyEnd - keyStart;
    if (words[offset] !== hash || words[offset + KEY_LENGTH] !== length) return false;
    const start = (offset + HEADER_WORDS) << 2;
    let i = 0;
    while (i < length && bytes[start + i] === key[keyStart + i]) i++;
    return i === length;
  }

  keyStart(offset: number): number {
    return (offset + HEADER_WORDS) << 2;
  }

  keyLength(offset: number): number {
    return this.words[offset + KEY_LENGTH]!;
  }

  /** Takes the entry out of the order: a later operation of the same batch has replaced it. */
  supersede(offset: number): void {
    this.words[offset + FLAGS]! |= SUPERSEDED;
  }

  isSuperseded(offset: number): boolean {
    return (this.words[offset + FLAGS]! & SUPERSEDED) !== 0;
  }

  /** (key ascending, sequence descending). Entries are written in the order of their sequences, so position decides. */
  compare(a: number, b: number): number {
    const aStart = (a + HEADER_WORDS) << 2;
    const bStart = (b + HEADER_WORDS) << 2;
    const { words, bytes } = this;
    const aEnd = aStart + words[a + KEY_LENGTH]!;
    const difference = compareRanges(bytes, aStart, aEnd, bytes, bStart, bStart + words[b + KEY_LENGTH]!);
    return difference === 0 ? b - a : difference;
  }

  /** So many first bytes the keys of the two entries have in common. */
  sharedBytes(a: number, b: number): number {
    const { bytes } = this;
    const aStart = this.keyStart(a);
    const bStart = this.keyStart(b);
    const shorter = Math.min(this.keyLength(a), this.keyLength(b));
    let shared = 0;
    while (shared < shorter && bytes[aStart + shared] === bytes[bStart + shared]) shared++;
    return shared;
  }

  /** Order of the entry's key and `key`. */
  compareKey(offset: number, key: Uint8Array): number {
    const start = (offset + HEADER_WORDS) << 2;
    return compareRanges(this.bytes, start, start + this.words[offset + KEY_LENGTH]!, key, 0, key.length);
  }
}

/** Word of the first entry. */
export const FIRST_ENTRY = 1;

const HEADER_WORDS = 10;
const PREVIOUS = 1;
const SEQUENCE = 2;
const EPOCH = 4;
const FLAGS = 5;
const KEY_LENGTH = 6;
const VALUE_LENGTH = 7;
const WRITTEN_AT = 8;

const OPERATION_MASK = 0x0f;
const EXPIRES = 0x10;
const HAS_CONTENT_TYPE = 0x20;
const SUPERSEDED = 0x80;

/** Of values, as what is copied by words: copying a smaller one takes no time worth a gap. */
const ALIGNED_VALUE_BYTES_MIN = 1024;
const ALIGNMENT_BYTES = 8;

/** Up to here a loop over words beats one over bytes, and a call into the typed array with the view that it takes. */
const COPIED_BY_WORDS_MAX = 256;
const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Most bytes an entry takes beyond its key, content type and value. */
export const ENTRY_OVERHEAD_BYTES_MAX = (HEADER_WORDS + 3) * 4 + 6 + ALIGNMENT_BYTES - 1;

const WORD = 2 ** 32;

/** Where a value of this length begins that has what is before it end at `start`. */
function alignedStart(start: number, valueLength: number): number {
  return valueLength < ALIGNED_VALUE_BYTES_MIN ? start : (start + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
}
