import { corruption } from '../../../base/errors.js';
import { PooledEntry, type PieceSlots } from '../../cache/pooled-entry.js';
import type { Entry } from '../../entry.js';
import { readUint32 } from './block-format.js';
import { entryWithHead, makeHeads, NO_ENTRY } from './block-heads.js';
import type { EntryCoder } from './entry-coder.js';
import { EntryLengths } from './entry-lengths.js';

/** What a search of one block came to; `continues`: the key goes on, if at all, in the next block. */
export const BlockSearch = { absent: 0, found: 1, continues: 2 } as const;
export type BlockSearch = (typeof BlockSearch)[keyof typeof BlockSearch];

/** Looks for a key in a block after which more are expected: making a directory costs about as much as two. */
const FINDS_BEFORE_HEADS = 4;

/** One block of a table in memory: its contents, verified and decompressed. */
export class Block extends PooledEntry {
  /** Of the contents, with which `bytes` begin. */
  length = 0;
  /** Where the entries end and the restarts begin. */
  entriesEnd = 0;
  restartCount = 0;
  /** Where its directory is, once it has one (`makeHeads`): behind the contents, unless `lieInMapping` says otherwise. */
  directory: Uint8Array;
  directoryStart = 0;
  directoryEnd = 0;
  /** Its memory may be handed out with the values in it, for nobody else looks at it again. */
  isGivenAway = false;
  #findCount = 0;
  #hasHeads = false;

  /** @throws CoreCacheError `CORRUPTION` */
  constructor(
    bytes: Uint8Array,
    length: number,
    slots: PieceSlots<PooledEntry>,
    number: number,
    path: string,
    position: number,
  ) {
    super(bytes, slots, number);
    this.directory = bytes;
    this.#measure(length, path, position);
  }

  /** Becomes another block, as made by the constructor: see `SpareBlocks`. @throws CoreCacheError `CORRUPTION` */
  become(
    bytes: Uint8Array,
    length: number,
    slots: PieceSlots<PooledEntry>,
    number: number,
    path: string,
    position: number,
  ): void {
    this.renew(bytes, slots, number);
    this.isGivenAway = false;
    this.#findCount = 0;
    this.#hasHeads = false;
    this.directory = bytes;
    this.#measure(length, path, position);
  }

  /**
   * Its bytes are those of a mapped file: nothing may be written behind them, and they count in no cache.
   * @param directory memory for its directory, from `start` to `end`
   * @param charge what the cache counts
   */
  lieInMapping(directory: Uint8Array, start: number, end: number, charge: number): void {
    this.directory = directory;
    this.directoryStart = start;
    this.directoryEnd = end;
    this.charge = charge;
    // It stays, and is in the processor's caches now, for it has just been checked.
    this.#findCount = FINDS_BEFORE_HEADS - 1;
  }

  #measure(length: number, path: string, position: number): void {
    // A distance between positions of a file, which to V8 need not be an integer; and places in a block come of it, by
    // the entry.
    this.length = length | 0;
    this.directoryStart = this.length;
    this.directoryEnd = this.bytes.length;
    const restartsEnd = this.length - 4;
    this.restartCount = readUint32(this.bytes, restartsEnd);
    this.entriesEnd = restartsEnd - this.restartCount * 4;
    if (this.restartCount === 0 || this.entriesEnd <= 0) throw corruption(path, position, 'block has no entries');
  }

  /** Brings near what the block is found by: see `GroupSearch`. */
  touch(): number {
    return this.length | this.entriesEnd | this.#findCount | this.bytes.length;
  }

  /** Brings near where `find` looks first. The block itself is near. */
  touchDirectory(): number {
    if (!this.#hasHeads) return this.bytes[this.entriesEnd]!;
    return touchRange(this.directory, this.directoryStart, this.directoryStart + DIRECTORY_BYTES_USUAL);
  }

  /** Brings near the entries that `find` looks at. The directory is near. */
  touchFor(key: Uint8Array): number {
    const { bytes } = this;
    const start = this.#hasHeads
      ? entryWithHead(this.directory, this.directoryStart, key)
      : this.restart(this.restartBefore(key));
    if (start === NO_ENTRY) return 0;
    return touchRange(bytes, start, start + (this.#hasHeads ? ENTRY_BYTES_USUAL : RESTART_BYTES_USUAL));
  }

  restart(number: number): number {
    return readUint32(this.bytes, this.entriesEnd + number * 4);
  }

  /**
   * The last restart whose key is before `key`; 0 when none is. Older versions of `key` may follow further restarts.
   */
  restartBefore(key: Uint8Array): number {
    let low = 0;
    let high = this.restartCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#compareRestart(middle, key) < 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #compareRestart(number: number, key: Uint8Array): number {
    const { bytes } = this;
    // Shared is 0, one byte; the two lengths are varints.
    let offset = this.restart(number) + 1;
    let length = bytes[offset++]!;
    if (length >= 0x80) {
      length &= 0x7f;
      for (let shift = 7, byte = 0x80; byte >= 0x80 && shift < 32; shift += 7) {
        byte = bytes[offset++]!;
        length |= (byte & 0x7f) << shift;
      }
    }
    while (bytes[offset++]! >= 0x80);
    const shorter = length < key.length ? length : key.length;
    for (let i = 0; i < shorter; i++) {
      const difference = bytes[offset + i]! - key[i]!;
      if (difference !== 0) return difference;
    }
    return length - key.length;
  }

  /** The newest version of `key` at or below `atSequence`. */
  find(key: Uint8Array, atSequence: number, coder: EntryCoder, into: Entry): BlockSearch {
    if (this.#hasHeads) return this.#findByHead(key, atSequence, coder, into);
    if (this.#findCount < FINDS_BEFORE_HEADS && ++this.#findCount === FINDS_BEFORE_HEADS) {
      this.#hasHeads = makeHeads(this, coder);
    }
    return this.#findFromRestart(key, atSequence, coder, into);
  }

  #findByHead(key: Uint8Array, atSequence: number, coder: EntryCoder, into: Entry): BlockSearch {
    const { bytes, entriesEnd } = this;
    const offset = entryWithHead(this.directory, this.directoryStart, key);
    if (offset === NO_ENTRY) return BlockSearch.absent;
    lengths.read(bytes, offset, entriesEnd, coder);
    const { shared, unshared, end } = lengths;
    if (shared + unshared !== key.length) return BlockSearch.absent;
    const payloadStart = end + unshared;
    const payloadEnd = payloadStart + lengths.payload;
    for (let i = 0; i < unshared; i++) if (bytes[end + i] !== key[shared + i]) return BlockSearch.absent;
    coder.read(bytes, payloadStart, payloadEnd, into);
    // Its older versions, if there are any, are in the next block: two in this one would have the same head.
    if (into.sequence > atSequence) return payloadEnd === entriesEnd ? BlockSearch.continues : BlockSearch.absent;
    into.keyBytes = key;
    into.keyStart = 0;
    into.keyEnd = key.length;
    return BlockSearch.found;
  }

  /**
   * Keys are not put together: it is enough to know how many bytes the entry before, which is smaller, has in common
   * with `key`. An entry that shares more with its predecessor is smaller too, one that shares less is already larger,
   * and only one that shares exactly as much has to be compared, from there on.
   */
  #findFromRestart(key: Uint8Array, atSequence: number, coder: EntryCoder, into: Entry): BlockSearch {
    const { bytes, entriesEnd } = this;
    const keyLength = key.length;
    let restart = this.restartBefore(key);
    let nextRestart = this.restart(restart);
    let matched = 0;
    let isEqual = false;
    for (let offset = nextRestart; offset < entriesEnd;) {
      if (offset === nextRestart) {
        matched = 0;
        nextRestart = ++restart < this.restartCount ? this.restart(restart) : entriesEnd;
      }
      let shared = bytes[offset++]!;
      let unshared = bytes[offset++]!;
      let payload = bytes[offset++]!;
      if ((shared | unshared | payload) >= 0x80) {
        lengths.read(bytes, offset - 3, entriesEnd, coder);
        shared = lengths.shared;
        unshared = lengths.unshared;
        payload = lengths.payload;
        offset = lengths.end;
      }
      const payloadStart = offset + unshared;
      if (payloadStart + payload > entriesEnd) coder.fail('entry runs past its block');
      if (shared < matched) return BlockSearch.absent;
      isEqual = false;
      if (shared === matched) {
        const end = payloadStart < offset + keyLength - matched ? payloadStart : offset + keyLength - matched;
        let at = offset;
        while (at < end && bytes[at] === key[matched]) {
          at++;
          matched++;
        }
        if (at < payloadStart) {
          if (matched === keyLength || bytes[at]! > key[matched]!) return BlockSearch.absent;
        } else if (matched === keyLength) {
          coder.read(bytes, payloadStart, payloadStart + payload, into);
          if (into.sequence <= atSequence) {
            into.keyBytes = key;
            into.keyStart = 0;
            into.keyEnd = keyLength;
            return BlockSearch.found;
          }
          isEqual = true;
        }
      }
      offset = payloadStart + payload;
    }
    return isEqual ? BlockSearch.continues : BlockSearch.absent;
  }
}

const LINE_BYTES = 64;
/** As much as is worth bringing near before it is known how much is needed. */
const DIRECTORY_BYTES_USUAL = 4 * LINE_BYTES;
const ENTRY_BYTES_USUAL = 3 * LINE_BYTES;
const RESTART_BYTES_USUAL = 32 * LINE_BYTES;

/** Reads a byte of each line of memory, and makes nothing of them. */
function touchRange(bytes: Uint8Array, start: number, end: number): number {
  const stop = end < bytes.length ? end : bytes.length;
  let touched = 0;
  for (let at = start; at < stop; at += LINE_BYTES) touched |= bytes[at]!;
  return touched;
}

const lengths = new EntryLengths();
