import { join } from 'node:path';
import { compareRanges } from '../../base/bytes.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import { toFileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { Entry } from '../entry.js';
import { DIRECTORY_SHARE_MAX } from '../sstable/block/block-writer.js';
import { PAYLOAD_OVERHEAD_BYTES_MAX } from '../sstable/block/entry-coder.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { TableWriter } from '../sstable/table-writer.js';
import { GRANDPARENT_TABLES_MAX } from './choice.js';
import type { JobRequest } from './job.js';

/** An output is not cut for the sake of grandparents before it has this part of its size: small tables cost too. */
export const CUT_SHARE_MIN = 4;

/** How many file numbers a job that writes this much may need: every output but the last is at least a fourth full. */
export function fileNumbersFor(outputBytes: number, outputBytesMax: number): number {
  return 2 + 2 * CUT_SHARE_MIN * Math.ceil(outputBytes / outputBytesMax);
}

/**
 * What the entries of tables may take by the options of today, under which blocks may be compressed less than they were,
 * and have directories.
 */
export function uncompressedBytesOf(tables: readonly TableSummary[]): number {
  let bytes = 0;
  for (const { dataBytes, rawBytes, entryCount } of tables) {
    bytes += Math.max(dataBytes, rawBytes + entryCount * PAYLOAD_OVERHEAD_BYTES_MAX);
  }
  return bytes * (1 + DIRECTORY_SHARE_MAX);
}

/** The tables that a job writes, one after the other, cut between keys only. */
export class TableOutputs {
  readonly #fileSystem: FileSystem;
  readonly #request: JobRequest;
  readonly #finished: TableSummary[] = [];
  #writer: TableWriter | undefined = undefined;
  #started = 0;
  #finishedBytes = 0;
  #grandparent = 0;
  /** Of the grandparents that the present output has passed or entered. */
  #grandparentBytes = 0;

  constructor(fileSystem: FileSystem, request: JobRequest) {
    this.#fileSystem = fileSystem;
    this.#request = request;
  }

  get bytesWritten(): number {
    return this.#finishedBytes + (this.#writer?.estimatedBytes ?? 0);
  }

  add(entry: Entry, isNewKey: boolean): void {
    if (isNewKey) {
      this.#passGrandparents(entry);
      if (this.#writer !== undefined && this.#isFull(this.#writer.estimatedBytes)) this.#finishTable();
    }
    this.#writer ??= this.#startTable();
    this.#writer.add(entry);
  }

  finish(): readonly TableSummary[] {
    if (this.#writer !== undefined) this.#finishTable();
    return this.#finished;
  }

  /** Removes all that was written. What cannot be removed is swept when the tree is opened the next time. */
  abandon(): void {
    const { directory } = this.#request;
    this.#writer?.abandon();
    this.#writer = undefined;
    for (const { fileNumber } of this.#finished.splice(0)) {
      this.#fileSystem.removeSync(join(directory, dataFile(fileNumber)));
      this.#fileSystem.removeSync(join(directory, indexFile(fileNumber)));
    }
  }

  #isFull(bytes: number): boolean {
    const { outputBytesMax, options, fileNumberCount } = this.#request;
    if (this.#started === fileNumberCount) return false;
    if (bytes >= outputBytesMax) return true;
    return (
      bytes >= outputBytesMax / CUT_SHARE_MIN && this.#grandparentBytes > GRANDPARENT_TABLES_MAX * options.tableBytesMax
    );
  }

  #startTable(): TableWriter {
    const { directory, bloomBitsPerKey, firstFileNumber } = this.#request;
    const options = { ...this.#request.options, bloomBitsPerKey };
    const fileNumber = toFileNumber(firstFileNumber + this.#started++);
    this.#grandparentBytes = 0;
    return new TableWriter({ fileSystem: this.#fileSystem, directory, fileNumber, options });
  }

  #finishTable(): void {
    const table = this.#writer!.finish();
    this.#writer = undefined;
    this.#finished.push(table);
    this.#finishedBytes += table.dataBytes + table.indexBytes;
  }

  #passGrandparents({ keyBytes, keyStart, keyEnd }: Entry): void {
    const { grandparents } = this.#request;
    while (this.#grandparent < grandparents.length) {
      const { firstKey, dataBytes } = grandparents[this.#grandparent]!;
      if (compareRanges(firstKey, 0, firstKey.length, keyBytes, keyStart, keyEnd) > 0) return;
      this.#grandparentBytes += dataBytes;
      this.#grandparent++;
    }
  }
}
