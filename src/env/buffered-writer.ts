import type { WritableFile } from './file-system.js';

/** Short pieces are handed to the file system together, so many bytes at a time. */
const WRITE_BYTES = 256 * 1024;
/** From this length on, a write for the piece costs less than copying it to those before. */
const UNCOPIED_BYTES_MIN = 32 * 1024;

/**
 * Gathers what is appended to a file into fewer writes, on this thread. A piece is copied or written in the call that
 * appends it, so its memory may be used again. What it has written and what is pending go with the file; it has nothing
 * to close.
 */
export class BufferedWriter {
  readonly #file: WritableFile;
  readonly #pending = new Uint8Array(WRITE_BYTES);
  #pendingBytes = 0;

  constructor(file: WritableFile) {
    this.#file = file;
  }

  /** @throws CoreCacheError of the file system */
  append(piece: Uint8Array): void {
    if (piece.length >= UNCOPIED_BYTES_MIN) {
      this.#write(piece);
      return;
    }
    if (this.#pendingBytes + piece.length > WRITE_BYTES) this.#write();
    this.#pending.set(piece, this.#pendingBytes);
    this.#pendingBytes += piece.length;
  }

  /** All that was appended is in the file when it returns; it is not synced. @throws CoreCacheError of the file system */
  flush(): void {
    if (this.#pendingBytes > 0) this.#write();
  }

  /** What is pending, and `piece` behind it, in one call. */
  #write(piece?: Uint8Array): void {
    const pieces: Uint8Array[] = this.#pendingBytes === 0 ? [] : [this.#pending.subarray(0, this.#pendingBytes)];
    if (piece !== undefined) pieces.push(piece);
    this.#file.writeSync(pieces);
    this.#pendingBytes = 0;
  }
}
