import { join } from 'node:path';
import { temporaryFile, valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, WritableFile } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import { recordHead, VALUE_HEADER_BYTES, valueHeader } from './value-format.js';
import type { ValueFileSummary } from './value-file-summary.js';
import type { ValueReference } from './value-reference.js';

/** Records are handed to the file system in pieces of this size. */
const WRITE_BYTES = 256 * 1024;
/** From this length on, a write for each value costs less than copying it to those before. */
const UNCOPIED_VALUE_BYTES_MIN = 32 * 1024;

/**
 * Writes one value file, synchronously, under a temporary name until `finish`. What is added is copied or written in
 * the same call: a value may lie in a block, whose memory is used again.
 */
export class ValueFileWriter {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #fileNumber: FileNumber;
  readonly #file: WritableFile;
  readonly #pending = new Uint8Array(WRITE_BYTES);
  #pendingBytes = 0;
  #position = VALUE_HEADER_BYTES;
  #valueCount = 0;
  #isOpen = true;
  #isNamed = false;

  /** @throws CoreCacheError of the file system */
  constructor(fileSystem: FileSystem, directory: string, fileNumber: FileNumber) {
    this.#fileSystem = fileSystem;
    this.#path = join(directory, valueFile(fileNumber));
    this.#fileNumber = fileNumber;
    this.#file = fileSystem.openWriterSync(temporaryFile(this.#path), 'create');
    this.#append(valueHeader(fileNumber));
  }

  /** Size of the file if it were finished now. */
  get bytes(): number {
    return this.#position;
  }

  /** The value in the window of `entry`, where it will be found. @throws CoreCacheError of the file system */
  add(entry: Entry): ValueReference {
    const value = entry.valueBytes.subarray(entry.valueStart, entry.valueEnd);
    const position = this.#position;
    const head = recordHead(entry, value, this.#fileNumber, position);
    const isCopied = value.length < UNCOPIED_VALUE_BYTES_MIN;
    const copiedBytes = head.length + (isCopied ? value.length : 0);
    if (this.#pendingBytes + copiedBytes > WRITE_BYTES) this.#flush();
    this.#append(head);
    if (isCopied) this.#append(value);
    else this.#flush(value);
    const recordBytes = head.length + value.length;
    this.#position += recordBytes;
    this.#valueCount++;
    return { fileNumber: this.#fileNumber, position, recordBytes };
  }

  /**
   * Syncs the file and gives it its name; the directory is synced by the caller. When it throws, call `abandon`.
   * @throws CoreCacheError of the file system
   */
  finish(): ValueFileSummary {
    this.#flush();
    this.#file.syncSync();
    this.#close();
    this.#fileSystem.renameSync(temporaryFile(this.#path), this.#path);
    this.#isNamed = true;
    return { fileNumber: this.#fileNumber, bytes: this.#position, valueCount: this.#valueCount };
  }

  /** Removes what was written. @throws CoreCacheError of the file system */
  abandon(): void {
    if (this.#isOpen) this.#close();
    this.#fileSystem.removeSync(this.#isNamed ? this.#path : temporaryFile(this.#path));
  }

  #append(bytes: Uint8Array): void {
    this.#pending.set(bytes, this.#pendingBytes);
    this.#pendingBytes += bytes.length;
  }

  /** Writes what is pending, and `value` behind it. */
  #flush(value?: Uint8Array): void {
    const pieces: Uint8Array[] = this.#pendingBytes === 0 ? [] : [this.#pending.subarray(0, this.#pendingBytes)];
    if (value !== undefined) pieces.push(value);
    if (pieces.length > 0) this.#file.writeSync(pieces);
    this.#pendingBytes = 0;
  }

  #close(): void {
    this.#isOpen = false;
    this.#file.closeSync();
  }
}
