import { assert } from '../../base/assert.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import { ValueFileReader } from './value-file-reader.js';
import { referenceOf } from './value-reference.js';

/** Where values come from that are not in their tables. */
export interface ValueSource {
  /**
   * Puts the value of an entry whose value is separate into its window, as the taker's own.
   * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`, or of the file system; the entry is as it was
   */
  load(entry: Entry): Promise<void>;
  /** As `load`, if that needs no waiting; otherwise does nothing and returns false. */
  loadNow(entry: Entry): boolean;
  /** As `load`, reading on this thread. */
  loadSync(entry: Entry): void;
}

/** Descriptors that stay open for value files of one tree; those that are being read stay open beyond it. */
const OPEN_FILES_MAX = 256;

/**
 * The value files of a tree, opened by the first read that needs them. The one that was not read for the longest time is
 * closed when there are too many.
 */
export class ValueFiles implements ValueSource {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #checksHeaders: boolean;
  /** The one read last is last. */
  readonly #open = new Map<FileNumber, ValueFileReader>();
  readonly #opening = new Map<FileNumber, Promise<ValueFileReader>>();
  /** Reads under way, by file, those counted that wait for its opening. */
  readonly #users = new Map<FileNumber, number>();

  /** @param checksHeaders false for a check or a repair: records can be read without the header of their file */
  constructor(fileSystem: FileSystem, directory: string, checksHeaders = true) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#checksHeaders = checksHeaders;
  }

  loadNow(entry: Entry): boolean {
    const reference = referenceOf(entry);
    const reader = this.#present(reference.fileNumber);
    if (reader?.answersAtOnce(reference) !== true) return false;
    reader.loadSync(reference, entry);
    return true;
  }

  async load(entry: Entry): Promise<void> {
    const reference = referenceOf(entry);
    const { fileNumber } = reference;
    this.#users.set(fileNumber, (this.#users.get(fileNumber) ?? 0) + 1);
    try {
      const reader = this.#present(fileNumber) ?? (await this.#opened(fileNumber));
      await reader.load(reference, entry);
    } finally {
      const others = this.#users.get(fileNumber)! - 1;
      if (others === 0) this.#users.delete(fileNumber);
      else this.#users.set(fileNumber, others);
    }
  }

  loadSync(entry: Entry): void {
    const reference = referenceOf(entry);
    const { fileNumber } = reference;
    const reader =
      this.#present(fileNumber) ??
      this.#keep(
        fileNumber,
        ValueFileReader.openSync(this.#fileSystem, this.#directory, fileNumber, this.#checksHeaders),
      );
    reader.loadSync(reference, entry);
  }

  /** Closes a file that is to be removed. No read of it may be under way. */
  retire(fileNumber: FileNumber): void {
    assert(!this.#users.has(fileNumber), 'a value file that is read stays open');
    this.#open.get(fileNumber)?.closeSync();
    this.#open.delete(fileNumber);
  }

  /** Closes all of them. No read may be under way. */
  close(): void {
    for (const fileNumber of [...this.#open.keys()]) this.retire(fileNumber);
  }

  #present(fileNumber: FileNumber): ValueFileReader | undefined {
    const reader = this.#open.get(fileNumber);
    if (reader === undefined) return undefined;
    this.#open.delete(fileNumber);
    this.#open.set(fileNumber, reader);
    return reader;
  }

  /** Shared by all who ask before it is there. */
  #opened(fileNumber: FileNumber): Promise<ValueFileReader> {
    const present = this.#opening.get(fileNumber);
    if (present !== undefined) return present;
    const opening = ValueFileReader.open(this.#fileSystem, this.#directory, fileNumber, this.#checksHeaders)
      .then((reader) => this.#keep(fileNumber, reader))
      .finally(() => this.#opening.delete(fileNumber));
    this.#opening.set(fileNumber, opening);
    return opening;
  }

  #keep(fileNumber: FileNumber, reader: ValueFileReader): ValueFileReader {
    const present = this.#present(fileNumber);
    if (present !== undefined) {
      // A synchronous read was faster than this asynchronous opening.
      reader.closeSync();
      return present;
    }
    for (const other of this.#open.keys()) {
      if (this.#open.size < OPEN_FILES_MAX) break;
      if (!this.#users.has(other)) this.retire(other);
    }
    this.#open.set(fileNumber, reader);
    return reader;
  }
}
