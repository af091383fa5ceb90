import type { EntryCoder } from './entry-coder.js';
import { EntryLengths } from './entry-lengths.js';

/**
 * A directory of a block in memory that is asked for key after key. It lies behind the contents, in what the memory of
 * the block has left over, or, where the contents are in a mapped file, in memory set aside for it; it is not on disk.
 *
 *     directory = shared length u8, count u16, shared, (head u32, offset u16)*count          all big-endian
 *
 * `shared` is what all keys of the block begin with. The _head_ of an entry is the four bytes of its key behind that,
 * as if zeros followed where the key ends; the offset is where the entry begins.
 *
 * A search of the contents looks at one restart after another and then at entry after entry, each in another line of
 * memory. A block that is hot among thousands of others is in no cache of the processor, so most of that search is
 * waiting. The directory takes a few lines, side by side, and leads to the one entry that can have the key.
 *
 * There is one only when all heads differ. Then what an entry shares with the one before it ends within its head, and
 * what follows is stored with the entry: it can be told from the key sought without those before it.
 */

const HEADER_BYTES = 3;
const HEAD_BYTES = 4;
const RECORD_BYTES = HEAD_BYTES + 2;
export const NO_ENTRY = -1;

/** Its length is one byte. */
const SHARED_BYTES_MAX = 0xff;
/** Offsets are two. */
const CONTENT_BYTES_MAX = 0xffff;

/** What a directory needs to know of a block. */
interface Contents {
  /** The contents are the first `length`. */
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly entriesEnd: number;
  readonly restartCount: number;
  /** The memory for it: from `directoryStart` to `directoryEnd`. */
  readonly directory: Uint8Array;
  readonly directoryStart: number;
  readonly directoryEnd: number;
  restart(number: number): number;
}

/** Writes the directory. False: there is no room for it, or heads do not tell all keys apart. */
export function makeHeads(block: Contents, coder: EntryCoder): boolean {
  const { bytes, entriesEnd, directory, directoryStart, directoryEnd } = block;
  const sharedLength = sharedByAll(block, coder);
  let at = directoryStart + HEADER_BYTES + sharedLength;
  if (entriesEnd > CONTENT_BYTES_MAX || sharedLength > SHARED_BYTES_MAX || at > directoryEnd) return false;
  let count = 0;
  let headBefore = -1;
  walk.begin(bytes, 0, entriesEnd, coder);
  for (; walk.next(); count++) {
    if (count === 0) directory.set(walk.key.subarray(0, sharedLength), directoryStart + HEADER_BYTES);
    const head = headOf(walk.key, sharedLength, walk.keyLength);
    if (head <= headBefore || at + RECORD_BYTES > directoryEnd) return false;
    for (let shift = 24; shift >= 0; shift -= 8) directory[at++] = head >>> shift;
    directory[at++] = walk.start >>> 8;
    directory[at++] = walk.start;
    headBefore = head;
  }
  directory[directoryStart] = sharedLength;
  directory[directoryStart + 1] = count >>> 8;
  directory[directoryStart + 2] = count;
  return true;
}

/** Where the one entry begins that can have this key, by the directory at `start`; `NO_ENTRY` when none can. */
export function entryWithHead(bytes: Uint8Array, start: number, key: Uint8Array): number {
  const sharedLength = bytes[start]!;
  const count = (bytes[start + 1]! << 8) | bytes[start + 2]!;
  const sharedStart = start + HEADER_BYTES;
  if (key.length < sharedLength) return NO_ENTRY;
  for (let i = 0; i < sharedLength; i++) if (bytes[sharedStart + i] !== key[i]) return NO_ENTRY;
  const head = headOf(key, sharedLength, key.length);
  const recordsStart = sharedStart + sharedLength;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (headAt(bytes, recordsStart + middle * RECORD_BYTES) < head) low = middle + 1;
    else high = middle;
  }
  const record = recordsStart + low * RECORD_BYTES;
  if (headAt(bytes, record) !== head) return NO_ENTRY;
  return (bytes[record + HEAD_BYTES]! << 8) | bytes[record + HEAD_BYTES + 1]!;
}

function headAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function headOf(key: Uint8Array, start: number, length: number): number {
  if (length - start >= HEAD_BYTES) return headAt(key, start);
  let head = 0;
  for (let at = start; at < start + HEAD_BYTES; at++) head = ((head << 8) | (at < length ? key[at]! : 0)) >>> 0;
  return head;
}

/** Keys are in order, so it is what the first and the last have in common; more than `SHARED_BYTES_MAX` for very much. */
function sharedByAll(block: Contents, coder: EntryCoder): number {
  const { bytes, entriesEnd } = block;
  walk.begin(bytes, 0, entriesEnd, coder);
  walk.next();
  const first = walk.key.slice(0, walk.keyLength);
  walk.begin(bytes, block.restart(block.restartCount - 1), entriesEnd, coder);
  while (walk.next());
  const { key, keyLength } = walk;
  let shared = 0;
  while (shared < first.length && shared < keyLength && first[shared] === key[shared]) shared++;
  return shared;
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
    const lengths = this.#lengths;
    const { key } = this;
    this.start = this.#next;
    lengths.read(this.#bytes, this.start, this.#end, this.#coder!);
    const { shared, unshared, end } = lengths;
    this.#next = end + unshared + lengths.payload;
    if (this.#next > this.#end) this.#coder!.fail('entry runs past its block');
    this.keyLength = Math.min(key.length, shared + unshared);
    for (let i = shared; i < this.keyLength; i++) key[i] = this.#bytes[end + i - shared]!;
    return true;
  }
}

const walk = new KeyWalk();
