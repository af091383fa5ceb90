import { join } from 'node:path';
import { temporaryFile, valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import { BufferedWriter } from '../../env/buffered-writer.js';
import type { FileSystem, WritableFile } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import { recordHead, VALUE_HEADER_BYTES, valueHeader } from './value-format.js';
import type { ValueFileSummary } from './value-file-summary.js';
import type { ValueReference } from './value-reference.js';

/**
 * Writes one value file, synchronously, under a temporary name until `finish`. What is added is copied or written in
 * the same call: a value may lie in a block, whose memory is used again.
 */
export class ValueFileWriter {
  readonly #fileSystem: FileSystem;
  readonly #path: string;
  readonly #fileNumber: FileNumber;
  readonly #file: WritableFile;
  readonly #records: BufferedWriter;
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
    this.#records = new BufferedWriter(this.#file);
    this.#records.append(valueHeader(fileNumber));
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
    this.#records.append(head);
    this.#records.append(value);
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
    this.#records.flush();
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

  #close(): void {
    this.#isOpen = false;
    this.#file.closeSync();
  }
}
