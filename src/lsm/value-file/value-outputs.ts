import { isCoreCacheError } from '../../base/errors.js';
import { toFileNumber, type FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { Operation, ValuePlace, type Entry } from '../entry.js';
import type { TreeOptions } from '../tree-options.js';
import { ValueFileWriter } from './value-file-writer.js';
import type { ValueFileSummary } from './value-file-summary.js';
import { ValueFiles } from './value-files.js';
import { REFERENCE_BYTES_MAX, referenceOf, writeReference } from './value-reference.js';

/** What a job is to do about values. */
export interface ValueRequest {
  readonly directory: string;
  readonly options: Pick<TreeOptions, 'separatedValueBytesMin' | 'tableBytesMax'>;
  /** Values in these files are taken out of them. */
  readonly clearedValueFiles: readonly FileNumber[];
  /** File numbers for value files: from the first, that many. */
  readonly firstValueFileNumber: FileNumber;
  readonly valueFileNumberCount: number;
}

/** How many value files a job may need that separates or moves this many bytes: all but the last are full. */
export function valueFileNumbersFor(bytes: number, { separatedValueBytesMin, tableBytesMax }: TreeOptions): number {
  return separatedValueBytesMin === 0 ? 0 : 1 + Math.ceil(bytes / tableBytesMax);
}

/**
 * Puts the values of a job where they belong: large ones into new value files, those of files that are being cleared into
 * new ones too, or, when they have become small by the options of today, back into the table.
 *
 * A value that cannot be read stays where it is, and its file is told to be left alone: the rest of the job is of no less
 * use, and who reads the value gets the error.
 */
export class ValueOutputs {
  readonly #fileSystem: FileSystem;
  readonly #request: ValueRequest;
  readonly #cleared: ReadonlySet<FileNumber>;
  readonly #sources: ValueFiles;
  readonly #unreadable = new Set<FileNumber>();
  readonly #finished: { readonly writer: ValueFileWriter; readonly summary: ValueFileSummary }[] = [];
  #writer: ValueFileWriter | undefined = undefined;
  #started = 0;
  #finishedBytes = 0;
  #bytesRead = 0;

  constructor(fileSystem: FileSystem, request: ValueRequest) {
    this.#fileSystem = fileSystem;
    this.#request = request;
    this.#cleared = new Set(request.clearedValueFiles);
    this.#sources = new ValueFiles(fileSystem, request.directory);
  }

  /** Of value files: those written, and what was taken out of files that are being cleared. */
  get bytesWritten(): number {
    return this.#finishedBytes + (this.#writer?.bytes ?? 0);
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Files whose values could not all be read. */
  get unreadable(): readonly FileNumber[] {
    return [...this.#unreadable];
  }

  /** Makes `entry` what the table is to hold of it. @throws CoreCacheError of the file system */
  place(entry: Entry): void {
    if (entry.operation !== Operation.put) return;
    if (entry.valuePlace === ValuePlace.separate && !this.#takeOut(entry)) return;
    const { separatedValueBytesMin } = this.#request.options;
    if (separatedValueBytesMin === 0 || entry.valueEnd - entry.valueStart < separatedValueBytesMin) {
      entry.valuePlace = ValuePlace.inline;
      return;
    }
    const reference = this.#roomyWriter().add(entry);
    entry.valueBytes = new Uint8Array(REFERENCE_BYTES_MAX);
    entry.valueStart = 0;
    entry.valueEnd = writeReference(entry.valueBytes, 0, reference);
    entry.valuePlace = ValuePlace.separate;
  }

  /** Whole and synced under their names; before the tables that refer to them. @throws CoreCacheError of the file system */
  finish(): readonly ValueFileSummary[] {
    this.#finishFile();
    if (this.#finished.length > 0) this.#fileSystem.syncDirectorySync(this.#request.directory);
    return this.#finished.map(({ summary }) => summary);
  }

  /** Removes all that was written. What cannot be removed is swept when the tree is opened the next time. */
  abandon(): void {
    this.#writer?.abandon();
    this.#writer = undefined;
    for (const { writer } of this.#finished.splice(0)) writer.abandon();
  }

  /** Gives back the files that were read. */
  close(): void {
    this.#sources.close();
  }

  /** True when the value has been taken out of its file, which is being cleared. */
  #takeOut(entry: Entry): boolean {
    const { fileNumber, recordBytes } = referenceOf(entry);
    if (!this.#cleared.has(fileNumber)) return false;
    try {
      this.#sources.loadSync(entry);
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      this.#unreadable.add(fileNumber);
      return false;
    }
    this.#bytesRead += recordBytes;
    return true;
  }

  #roomyWriter(): ValueFileWriter {
    const { directory, options, firstValueFileNumber, valueFileNumberCount } = this.#request;
    const isLast = this.#started === valueFileNumberCount;
    if (this.#writer !== undefined && this.#writer.bytes >= options.tableBytesMax && !isLast) this.#finishFile();
    this.#writer ??= new ValueFileWriter(
      this.#fileSystem,
      directory,
      toFileNumber(firstValueFileNumber + this.#started++),
    );
    return this.#writer;
  }

  #finishFile(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const summary = writer.finish();
    this.#writer = undefined;
    this.#finished.push({ writer, summary });
    this.#finishedBytes += summary.bytes;
  }
}
