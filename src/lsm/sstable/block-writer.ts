import { VARINT_BYTES_MAX, writeVarint } from '../../base/varint.js';
import type { Entry } from '../entry.js';
import { BLOCK_TRAILER_BYTES, writeBlockTrailer, writeUint32 } from './block-format.js';
import type { EntryCoder } from './entry-coder.js';

/** Makes one block after another in the same memory. The format is described with `BLOCK_TRAILER_BYTES`. */
export class BlockWriter {
  readonly #restartInterval: number;
  #bytes: Uint8Array;
  #length = 0;
  #restarts: number[] = [];
  #sinceRestart = 0;

  constructor(blockBytes: number, restartInterval: number) {
    this.#restartInterval = restartInterval;
    this.#bytes = new Uint8Array(blockBytes * 2);
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Bytes that the block takes in the file if it is finished now. */
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
    const { keyBytes, keyStart, keyEnd } = entry;
    const unshared = keyEnd - keyStart - shared;
    const payload = coder.payloadLength(entry);
    this.#reserve(3 * VARINT_BYTES_MAX + unshared + payload);
    const bytes = this.#bytes;
    let offset = writeVarint(bytes, this.#length, shared);
    offset = writeVarint(bytes, offset, unshared);
    offset = writeVarint(bytes, offset, payload);
    for (let i = keyStart + shared; i < keyEnd; i++) bytes[offset++] = keyBytes[i]!;
    this.#length = coder.write(bytes, offset, entry);
  }

  /** The finished block, which goes to `position` of the file. Valid until the next `add`, which begins a new block. */
  finish(fileNumber: number, position: number): Uint8Array {
    this.#reserve(this.#restarts.length * 4 + 4 + BLOCK_TRAILER_BYTES);
    const bytes = this.#bytes;
    let end = this.#length;
    for (const restart of this.#restarts) {
      writeUint32(bytes, end, restart);
      end += 4;
    }
    writeUint32(bytes, end, this.#restarts.length);
    end += 4;
    writeBlockTrailer(bytes, end, fileNumber, position);
    this.#length = 0;
    this.#restarts = [];
    return bytes.subarray(0, end + BLOCK_TRAILER_BYTES);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
