import { equalBytes } from '../../../base/bytes.js';
import { PooledEntry, type PieceSlots } from '../../cache/pooled-entry.js';
import type { Entry } from '../../entry.js';
import { entriesEndOf, entryInDirectory, makeDirectory, NO_ENTRY } from './block-directory.js';
import { NO_DIRECTORY, readUint32, restartCount, storedDirectoryEnd } from './block-format.js';
import { BlockSearch, readDirected } from './block-search.js';
import { ENTRY_BYTES_USUAL, RESTART_BYTES_USUAL, touchBefore, touchFrom } from './touch.js';
import type { EntryCoder } from './entry-coder.js';
import { EntryLengths } from './entry-lengths.js';

/**
 * Looks for a key in a block without a directory after which more are expected: making one costs about as much as two.
 */
const FINDS_BEFORE_DIRECTORY = 4;

/** One block of a table in memory: its contents, verified and decompressed. */
export class Block extends PooledEntry {
  /** Of the contents, with which `bytes` begin. */
  length = 0;
  entriesEnd = 0;
  restartCount = 0;
  #restartsStart = 0;
  /** Of the one stored with it, or of one made behind the contents. */
  #directoryEnd: number = NO_DIRECTORY;
  /** Its memory may be handed out with the values in it, for nobody else looks at it again. */
  isGivenAway = false;
  #findCount = 0;

  /**
   * @param bytes of which the first `length` are the contents; what is behind them may be written over
   * @throws CoreCacheError `CORRUPTION`
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
    this.#measure(length, path, position);
  }

  #measure(length: number, path: string, position: number): void {
    // A distance between positions of a file, which to V8 need not be an integer; and places in a block come of it, by
    // the entry.
    this.length = length | 0;
    this.restartCount = restartCount(this.bytes, this.length);
    this.#restartsStart = this.length - 4 - this.restartCount * 4;
    this.#directoryEnd = storedDirectoryEnd(this.bytes, this.length);
    this.entriesEnd = entriesEndOf(this.bytes, this.length, path, position);
  }

  get hasDirectory(): boolean {
    return this.#directoryEnd !== NO_DIRECTORY;
  }

  /** Brings near what the block is found by: see `GroupSearch`. */
  touch(): number {
    return this.length | this.entriesEnd | this.#findCount | this.bytes.length;
  }

  /** Brings near where `find` looks first. The block itself is near. */
  touchDirectory(): number {
    if (!this.hasDirectory) return this.bytes[this.#restartsStart]!;
    return touchBefore(this.bytes, this.#directoryEnd);
  }

  /** Brings near the entries that `find` looks at. The directory is near. */
  touchFor(key: Uint8Array): number {
    const { bytes } = this;
    if (!this.hasDirectory) return touchFrom(bytes, this.restart(this.restartBefore(key)), RESTART_BYTES_USUAL);
    const start = entryInDirectory(bytes, this.#directoryEnd, key);
    return start === NO_ENTRY ? 0 : touchFrom(bytes, start, ENTRY_BYTES_USUAL);
  }

  restart(number: number): number {
    return readUint32(this.bytes, this.#restartsStart + number * 4);
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
    if (!this.hasDirectory) {
      if (this.#findCount < FINDS_BEFORE_DIRECTORY && ++this.#findCount === FINDS_BEFORE_DIRECTORY) {
        this.makeDirectory(coder);
      }
      return this.#findFromRestart(key, atSequence, coder, into);
    }
    const offset = entryInDirectory(this.bytes, this.#directoryEnd, key);
    if (offset === NO_ENTRY) return BlockSearch.absent;
    return readDirected(this.bytes, offset, this.entriesEnd, key, atSequence, coder, into);
  }

  /** In the memory behind the contents, as far as there is some. */
  makeDirectory(coder: EntryCoder): void {
    const { bytes, entriesEnd, length } = this;
    const lastRestart = this.restart(this.restartCount - 1);
    this.#directoryEnd = makeDirectory({ bytes, entriesEnd, lastRestart }, coder, bytes, length, bytes.length);
  }

  /** Whether the directory stored with it is what its entries make. */
  hasSoundDirectory(coder: EntryCoder): boolean {
    const { bytes, entriesEnd } = this;
    const lastRestart = this.restart(this.restartCount - 1);
    const stored = bytes.subarray(entriesEnd, this.#directoryEnd);
    const made = new Uint8Array(stored.length);
    const madeBytes = makeDirectory({ bytes, entriesEnd, lastRestart }, coder, made, 0, made.length);
    return madeBytes === stored.length && equalBytes(made, stored);
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

const lengths = new EntryLengths();
