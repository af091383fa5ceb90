import { RangeCopier } from '../../../base/range-copier.js';
import { VARINT_BYTES_MAX, writeVarint } from '../../../base/varint.js';
import type { Entry } from '../../entry.js';
import { makeDirectory } from './block-directory.js';
import { BLOCK_TRAILER_BYTES, HAS_DIRECTORY, NO_DIRECTORY, writeBlockTrailer, writeUint32 } from './block-format.js';
import { CODEC_NONE, type Codec } from '../codec/codec.js';
import type { EntryCoder } from './entry-coder.js';

/**
 * A block is stored compressed when that saves at least this part of it. One that saves less would cost its reader more
 * than it is worth.
 */
const SAVED_SHARE_MIN = 8;

/**
 * A directory takes this part of the entries at most. Where they are so small that it would take more, the way from
 * restart to restart is not long.
 */
export const DIRECTORY_SHARE_MAX = 1 / 8;

/** Makes one block after another in the same memory. The format is described with `BLOCK_TRAILER_BYTES`. */
export class BlockWriter {
  readonly #restartInterval: number;
  readonly #codec: Codec | undefined;
  readonly #values = new RangeCopier();
  #bytes: Uint8Array;
  #length = 0;
  #restarts: number[] = [];
  #sinceRestart = 0;
  #coder: EntryCoder | undefined = undefined;

  /** Without a codec every block is stored as it is, with a directory where there can be one. */
  constructor(blockBytes: number, restartInterval: number, codec?: Codec) {
    this.#restartInterval = restartInterval;
    this.#codec = codec;
    this.#bytes = new Uint8Array(blockBytes * 2);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Bytes that the block takes in the file at most, if it is finished now; without a directory. */
  get byteLength(): number {
    return this.#length + this.#restarts.length * 4 + 4 + BLOCK_TRAILER_BYTES;
  }

  /** `sharedMax`: how many first bytes the key has in common with the key added before it. */
  add(entry: Entry, sharedMax: number, coder: EntryCoder): void {
    let shared = sharedMax;
    if (this.#length === 0 || this.#sinceRestart === this.#restartInterval) {
      this.#restarts.push(this.#length);
      this.#sinceRestart = 0;
      shared = 0;
    }
    this.#sinceRestart++;
    this.#coder = coder;
    const { keyBytes, keyStart, keyEnd } = entry;
    const unshared = keyEnd - keyStart - shared;
    const payload = coder.payloadLength(entry);
    this.#reserve(3 * VARINT_BYTES_MAX + unshared + payload);
    const bytes = this.#bytes;
    let offset = writeVarint(bytes, this.#length, shared);
    offset = writeVarint(bytes, offset, unshared);
    offset = writeVarint(bytes, offset, payload);
    for (let i = keyStart + shared; i < keyEnd; i++) bytes[offset++] = keyBytes[i]!;
    offset = coder.writeHead(bytes, offset, entry);
    this.#values.copy(entry.valueBytes, entry.valueStart, entry.valueEnd, bytes, offset);
    this.#length = offset + entry.valueEnd - entry.valueStart;
  }

  /** The finished block, which goes to `position` of the file. Valid until the next `add`, which begins a new block. */
  finish(fileNumber: number, position: number): Uint8Array {
    const directoryBytesMax = Math.floor(this.#length * DIRECTORY_SHARE_MAX);
    this.#reserve(directoryBytesMax + this.#restarts.length * 4 + 4 + BLOCK_TRAILER_BYTES);
    const bytes = this.#bytes;
    const directoryEnd =
      this.#codec === undefined ? this.#makeDirectory(this.#length + directoryBytesMax) : NO_DIRECTORY;
    let end = directoryEnd === NO_DIRECTORY ? this.#length : directoryEnd;
    for (const restart of this.#restarts) {
      writeUint32(bytes, end, restart);
      end += 4;
    }
    writeUint32(
      bytes,
      end,
      directoryEnd === NO_DIRECTORY ? this.#restarts.length : this.#restarts.length | HAS_DIRECTORY,
    );
    end += 4;
    this.#length = 0;
    this.#restarts = [];
    const storedBytes = this.#compress(end);
    const codecId = storedBytes === end ? CODEC_NONE : this.#codec!.id;
    writeBlockTrailer(bytes, storedBytes, codecId, fileNumber, position);
    return bytes.subarray(0, storedBytes + BLOCK_TRAILER_BYTES);
  }

  /** Behind the entries; where it ends. */
  #makeDirectory(limit: number): number {
    const entries = { bytes: this.#bytes, entriesEnd: this.#length, lastRestart: this.#restarts.at(-1)! };
    return makeDirectory(entries, this.#coder!, this.#bytes, this.#length, limit);
  }

  /** Puts the contents into fewer bytes, in the same place, if that saves enough; returns how many they take now. */
  #compress(contentBytes: number): number {
    const compressed = this.#codec?.compress(this.#bytes.subarray(0, contentBytes));
    if (compressed === undefined || contentBytes - compressed.length < contentBytes / SAVED_SHARE_MIN) {
      return contentBytes;
    }
    this.#bytes.set(compressed);
    return compressed.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
