import { join } from 'node:path';
import { corruption } from '../../base/errors.js';
import { valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import { ValuePlace, type Entry } from '../entry.js';
import { checkRecord, checkValueHeader, VALUE_HEADER_BYTES } from './value-format.js';
import type { ValueReference } from './value-reference.js';

/** An open value file. Values go past the block cache: each is as large as many blocks, and read for one answer. */
export class ValueFileReader {
  readonly path: string;
  readonly #file: ReadableFile;
  readonly #fileNumber: FileNumber;

  private constructor(file: ReadableFile, fileNumber: FileNumber) {
    this.path = file.path;
    this.#file = file;
    this.#fileNumber = fileNumber;
  }

  /** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT`, or of the file system */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    fileNumber: FileNumber,
    checksHeader = true,
  ): Promise<ValueFileReader> {
    const file = await fileSystem.openReader(join(directory, valueFile(fileNumber)));
    try {
      const header = new Uint8Array(VALUE_HEADER_BYTES);
      const bytesRead = await file.read(header, 0);
      if (checksHeader) checkValueHeader(header.subarray(0, bytesRead), fileNumber, file.path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new ValueFileReader(file, fileNumber);
  }

  /** As `open`, on this thread. */
  static openSync(
    fileSystem: FileSystem,
    directory: string,
    fileNumber: FileNumber,
    checksHeader = true,
  ): ValueFileReader {
    const file = fileSystem.openReaderSync(join(directory, valueFile(fileNumber)));
    try {
      const header = new Uint8Array(VALUE_HEADER_BYTES);
      const bytesRead = file.readSync(header, 0);
      if (checksHeader) checkValueHeader(header.subarray(0, bytesRead), fileNumber, file.path);
    } catch (error) {
      file.closeSync();
      throw error;
    }
    return new ValueFileReader(file, fileNumber);
  }

  /** The next value is likely to be read in less time than a thread would take. */
  answersAtOnce({ recordBytes }: ValueReference): boolean {
    return this.#file.answersAtOnce(recordBytes);
  }

  /** Puts the value that `entry` refers to into its window. @throws CoreCacheError `CORRUPTION`, or of the file system */
  async load(reference: ValueReference, entry: Entry): Promise<void> {
    const bytes = this.#room(reference);
    this.#show(reference, entry, bytes, await this.#file.read(bytes, reference.position));
  }

  /** As `load`, on this thread. */
  loadSync(reference: ValueReference, entry: Entry): void {
    const bytes = this.#room(reference);
    this.#show(reference, entry, bytes, this.#file.readSync(bytes, reference.position));
  }

  closeSync(): void {
    this.#file.closeSync();
  }

  /** Not from Node's pool: what is read is handed out as it is, and would hold the whole of the pool. */
  #room({ position, recordBytes }: ValueReference): Uint8Array {
    if (position + recordBytes > this.#file.size) throw corruption(this.path, position, 'file ends within a value');
    return Buffer.allocUnsafeSlow(recordBytes);
  }

  #show({ position }: ValueReference, entry: Entry, bytes: Uint8Array, bytesRead: number): void {
    entry.valueStart = checkRecord(bytes.subarray(0, bytesRead), this.path, this.#fileNumber, position, entry);
    entry.valueEnd = bytesRead;
    entry.valueBytes = bytes;
    entry.valuePlace = ValuePlace.own;
  }
}
