import { assert } from '../../base/assert.js';
import type { FileMapping, ReadableFile, WritableFile } from '../file-system.js';
import type { CrashChoice } from './crash-choice.js';
import { promiseOf } from '../promise-of.js';

const INITIAL_BYTES = 256;
/** What is in a mapping that was closed, so that a look at it is noticed. */
const AFTER_CLOSE = 0xdb;

/** The bytes of a file in memory, and how many of them a sync has covered. */
export class MemoryFile {
  #bytes: Uint8Array;
  #size: number;
  #syncedSize: number;

  constructor(bytes = new Uint8Array(INITIAL_BYTES), size = 0) {
    this.#bytes = bytes;
    this.#size = size;
    this.#syncedSize = size;
  }

  get size(): number {
    return this.#size;
  }

  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  read(target: Uint8Array, position: number): number {
    const end = Math.min(this.#size, position + target.length);
    if (end <= position) return 0;
    target.set(this.#bytes.subarray(position, end));
    return end - position;
  }

  append(buffer: Uint8Array): void {
    const end = this.#size + buffer.length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = grown;
    }
    this.#bytes.set(buffer, this.#size);
    this.#size = end;
  }

  truncate(size: number): void {
    assert(size <= this.#size, 'a file is cut, not stretched');
    this.#size = size;
    this.#syncedSize = Math.min(this.#syncedSize, size);
  }

  sync(): void {
    this.#syncedSize = this.#size;
  }

  crash(path: string, choice: CrashChoice): MemoryFile {
    const bytes = new Uint8Array(this.#size);
    bytes.set(this.#bytes.subarray(0, this.#syncedSize));
    let size = this.#syncedSize;
    for (let start = this.#syncedSize; start < this.#size;) {
      const end = Math.min(this.#size, start - (start % choice.pieceBytes) + choice.pieceBytes);
      if (choice.keepsBytes(path)) {
        bytes.set(this.#bytes.subarray(start, end), start);
        size = end;
      }
      start = end;
    }
    return new MemoryFile(bytes, size);
  }
}

export class MemoryReadableFile implements ReadableFile {
  readonly path: string;
  readonly size: number;
  readonly #file: MemoryFile;
  readonly #guard: <T>(act: () => T) => T;
  readonly #answersAtOnce: (bytes: number) => boolean;
  #isClosed = false;

  /**
   * @param guard throws when the power is cut
   * @param answersAtOnce asked before each read
   */
  constructor(
    path: string,
    file: MemoryFile,
    guard: <T>(act: () => T) => T,
    answersAtOnce: (bytes: number) => boolean,
  ) {
    this.path = path;
    this.size = file.size;
    this.#file = file;
    this.#guard = guard;
    this.#answersAtOnce = answersAtOnce;
  }

  answersAtOnce(bytes: number): boolean {
    return this.#answersAtOnce(bytes);
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return promiseOf(() => this.readSync(target, position));
  }

  readSync(target: Uint8Array, position: number): number {
    assert(!this.#isClosed, `${this.path} is closed`);
    return this.#guard(() => this.#file.read(target, position));
  }

  map(): Promise<FileMapping | undefined> {
    return promiseOf(() => {
      assert(!this.#isClosed, `${this.path} is closed`);
      const bytes = this.#guard(() => this.#file.copy());
      return { bytes, dropPages: () => undefined, close: () => bytes.fill(AFTER_CLOSE) };
    });
  }

  close(): Promise<void> {
    return promiseOf(() => this.closeSync());
  }

  closeSync(): void {
    this.#isClosed = true;
  }
}

/** How a change of a file passes the counting of calls. */
export interface MutationGuards {
  write(act: () => void): void;
  sync(act: () => void): void;
}

export class MemoryWritableFile implements WritableFile {
  readonly path: string;
  readonly #file: MemoryFile;
  readonly #guards: MutationGuards;

  constructor(path: string, file: MemoryFile, guards: MutationGuards) {
    this.path = path;
    this.#file = file;
    this.#guards = guards;
  }

  get size(): number {
    return this.#file.size;
  }

  write(buffers: readonly Uint8Array[]): Promise<void> {
    return promiseOf(() => this.writeSync(buffers));
  }

  writeSync(buffers: readonly Uint8Array[]): void {
    this.#guards.write(() => buffers.forEach((buffer) => this.#file.append(buffer)));
  }

  sync(): Promise<void> {
    return promiseOf(() => this.syncSync());
  }

  syncSync(): void {
    this.#guards.sync(() => this.#file.sync());
  }

  close(): Promise<void> {
    return promiseOf(() => this.closeSync());
  }

  /** Closing makes nothing durable, and nothing can go wrong in it. */
  closeSync(): void {
    return;
  }
}
