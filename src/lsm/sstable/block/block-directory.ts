import { corruption } from '../../../base/errors.js';
import { NO_DIRECTORY, restartCount, storedDirectoryEnd } from './block-format.js';
import type { EntryCoder } from './entry-coder.js';
import { EntryLengths } from './entry-lengths.js';

/**
 * The directory of a block, by which a key is found among its entries:
 *
 *     directory = record*n, shared, n u16, shared length u8
 *     record    = head u32, offset u16                              all little-endian
 *
 * `shared` is what all keys of the block begin with. The _head_ of an entry is the number that the four bytes of its key
 * behind that are, most significant first, as if zeros followed where the key ends; the offset is where the entry begins.
 * It is found by its end. A table that is not compressed has one in each block that can have one; of other blocks it is
 * made in memory, when they are asked again and again.
 *
 * A search of the entries looks at one restart after another and then at entry after entry, each in another line of
 * memory. A block that is hot among thousands of others is in no cache of the processor, so most of that search is
 * waiting. The directory takes a few lines, side by side, and leads to the one entry that can have the key.
 *
 * There is one only when all heads differ. Then what an entry shares with the one before it ends within its head, and
 * what follows is stored with the entry: it can be told from the key sought without those before it.
 */

const HEAD_BYTES = 4;
const RECORD_BYTES = HEAD_BYTES + 2;
/** The two numbers at the end. */
const FOOT_BYTES = 3;
export const NO_ENTRY = -1;

/** Its length is one byte. */
const SHARED_BYTES_MAX = 0xff;
/** Offsets are two. */
const ENTRIES_BYTES_MAX = 0xffff;

/** What a directory is made of. */
export interface DirectedEntries {
  readonly bytes: Uint8Array;
  /** They begin where `bytes` do. */
  readonly entriesEnd: number;
  /** Where the last restart is. */
  readonly lastRestart: number;
}

/**
 * Writes a directory into `target`, from `start` to `limit` at most.
 *
 * @returns where it ends; `NO_DIRECTORY`: there is no room for it, or heads do not tell all keys apart
 * @throws CoreCacheError `CORRUPTION`
 */
export function makeDirectory(
  entries: DirectedEntries,
  coder: EntryCoder,
  target: Uint8Array,
  start: number,
  limit: number,
): number {
  const { bytes, entriesEnd } = entries;
  const shared = sharedByAll(entries, coder);
  const footBytes = shared.length + FOOT_BYTES;
  if (entriesEnd > ENTRIES_BYTES_MAX || shared.length > SHARED_BYTES_MAX) return NO_DIRECTORY;
  let at = start;
  let count = 0;
  let headBefore = -1;
  walk.begin(bytes, 0, entriesEnd, coder);
  for (; walk.next(); count++) {
    const head = headOf(walk.key, shared.length, walk.keyLength);
    if (head <= headBefore || at + RECORD_BYTES + footBytes > limit) return NO_DIRECTORY;
    target[at] = head;
    target[at + 1] = head >>> 8;
    target[at + 2] = head >>> 16;
    target[at + 3] = head >>> 24;
    target[at + 4] = walk.start;
    target[at + 5] = walk.start >>> 8;
    at += RECORD_BYTES;
    headBefore = head;
  }
  target.set(shared, at);
  at += shared.length;
  target[at++] = count;
  target[at++] = count >>> 8;
  target[at++] = shared.length;
  return at;
}

/**
 * Where the entries of a block end: behind them are the directory, if it has one, and the restarts.
 * @param end of the contents, with which `bytes` begin
 * @throws CoreCacheError `CORRUPTION` when there can be none
 */
export function entriesEndOf(bytes: Uint8Array, end: number, path: string, position: number): number {
  const count = restartCount(bytes, end);
  const directoryEnd = storedDirectoryEnd(bytes, end);
  const entriesEnd = directoryEnd === NO_DIRECTORY ? end - 4 - count * 4 : directoryStart(bytes, directoryEnd);
  if (count === 0 || entriesEnd <= 0) throw corruption(path, position, 'block has no entries');
  return entriesEnd;
}

/** Where a directory begins that ends there; below 0 when there is no room for one. */
export function directoryStart(bytes: Uint8Array, end: number): number {
  if (end < FOOT_BYTES) return -1;
  const count = bytes[end - 3]! | (bytes[end - 2]! << 8);
  return end - FOOT_BYTES - bytes[end - 1]! - count * RECORD_BYTES;
}

/**
 * Where the one entry begins, in its block, that can have this key, by the directory that ends at `end`; `NO_ENTRY` when
 * none can.
 */
export function entryInDirectory(bytes: Uint8Array, end: number, key: Uint8Array): number {
  const sharedLength = bytes[end - 1]!;
  const count = bytes[end - 3]! | (bytes[end - 2]! << 8);
  const sharedStart = end - FOOT_BYTES - sharedLength;
  if (key.length < sharedLength) return NO_ENTRY;
  for (let i = 0; i < sharedLength; i++) if (bytes[sharedStart + i] !== key[i]) return NO_ENTRY;
  const head = headOf(key, sharedLength, key.length);
  const recordsStart = sharedStart - count * RECORD_BYTES;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (headAt(bytes, recordsStart + middle * RECORD_BYTES) < head) low = middle + 1;
    else high = middle;
  }
  const record = recordsStart + low * RECORD_BYTES;
  if (headAt(bytes, record) !== head) return NO_ENTRY;
  return bytes[record + HEAD_BYTES]! | (bytes[record + HEAD_BYTES + 1]! << 8);
}

function headAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

function headOf(key: Uint8Array, start: number, length: number): number {
  if (length - start >= HEAD_BYTES) {
    return ((key[start]! << 24) | (key[start + 1]! << 16) | (key[start + 2]! << 8) | key[start + 3]!) >>> 0;
  }
  let head = 0;
  for (let at = start; at < start + HEAD_BYTES; at++) head = ((head << 8) | (at < length ? key[at]! : 0)) >>> 0;
  return head;
}

/** Keys are in order, so it is what the first and the last have in common; more than `SHARED_BYTES_MAX` for very much. */
function sharedByAll({ bytes, entriesEnd, lastRestart }: DirectedEntries, coder: EntryCoder): Uint8Array {
  walk.begin(bytes, 0, entriesEnd, coder);
  walk.next();
  const first = walk.key.slice(0, walk.keyLength);
  walk.begin(bytes, lastRestart, entriesEnd, coder);
  while (walk.next());
  const { key, keyLength } = walk;
  let shared = 0;
  while (shared < first.length && shared < keyLength && first[shared] === key[shared]) shared++;
  return first.subarray(0, shared);
}

/** Puts the keys of a block together, of each as much as a directory can need. */
class KeyWalk {
  readonly key = new Uint8Array(SHARED_BYTES_MAX + 1 + HEAD_BYTES);
  keyLength = 0;
  /** Of the entry. */
  start = 0;
  #bytes: Uint8Array = this.key;
  #next = 0;
  #end = 0;
  #coder: EntryCoder | undefined = undefined;
  readonly #lengths = new EntryLengths();

  begin(bytes: Uint8Array, start: number, end: number, coder: EntryCoder): void {
    this.#bytes = bytes;
    this.#next = start;
    this.#end = end;
    this.#coder = coder;
  }

  next(): boolean {
    if (this.#next >= this.#end) return false;
    const { key } = this;
    const bytes = this.#bytes;
    const lengths = this.#lengths;
    this.start = this.#next;
    lengths.read(bytes, this.start, this.#end, this.#coder!);
    const { shared, unshared } = lengths;
    let at = lengths.end;
    this.#next = at + unshared + lengths.payload;
    if (this.#next > this.#end) this.#coder!.fail('entry runs past its block');
    const keyLength = shared + unshared < key.length ? shared + unshared : key.length;
    for (let i = shared; i < keyLength; i++) key[i] = bytes[at++]!;
    this.keyLength = keyLength;
    return true;
  }
}

const walk = new KeyWalk();
