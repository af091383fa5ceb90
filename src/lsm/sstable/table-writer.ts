import { join } from 'node:path';
import { assert } from '../../base/assert.js';
import { compareRanges, copyOf, emptyBytes } from '../../base/bytes.js';
import { dataFile, indexFile, temporaryFile } from '../../base/file-names.js';
import { hashKey } from '../../base/hash.js';
import type { FileNumber } from '../../base/numbers.js';
import { BufferedWriter } from '../../env/buffered-writer.js';
import type { FileSystem, WritableFile } from '../../env/file-system.js';
import { copyKey } from '../iterator/copy-entry.js';
import { Entry, NEVER_EXPIRES, Operation } from '../entry.js';
import type { TreeOptions } from '../tree-options.js';
import { ValueUseCount } from '../value-file/value-use-count.js';
import { BlockWriter } from './block/block-writer.js';
import { codecFor } from './codec/codec-table.js';
import { DecayCounter } from './decay.js';
import { EntryCoder } from './block/entry-coder.js';
import { DATA_FORMAT_COMPRESSED, DATA_FORMAT_VERSION, DATA_HEADER_BYTES, dataHeader } from './file-frame.js';
import { IndexWriter } from './index/index-writer.js';
import { separatorBetween, startBetween } from './index/separators.js';
import type { TableSummary } from './table-summary.js';

export interface TableWriterOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly fileNumber: FileNumber;
  readonly options: Pick<
    TreeOptions,
    'blockBytes' | 'blockRestartInterval' | 'bloomBitsPerKey' | 'compression' | 'indexPageBlocks'
  >;
}

/**
 * Writes one table, synchronously: for worker threads, and for slices of work on a simulated file system.
 *
 * Order on disk: both files grow under temporary names; `finish` syncs both, renames data then index, and syncs the
 * directory. Only after that may the manifest name the table. A crash before leaves temporary files or files that no
 * manifest names, and either may be removed.
 */
export class TableWriter {
  readonly #options: TableWriterOptions;
  readonly #file: WritableFile;
  readonly #data: BufferedWriter;
  /** Files that exist on behalf of this table, under their present names. */
  readonly #paths = new Set<string>();
  readonly #block: BlockWriter;
  readonly #index: IndexWriter;
  readonly #last = new Entry();
  #coder: EntryCoder | undefined = undefined;
  #firstKey = emptyBytes();
  /** Position in the data file of the block being filled. */
  #position = DATA_HEADER_BYTES;
  #blockEnded = false;
  /** Where the keys of the block begin that is being filled; `undefined` when one goes on, and for the first. */
  #blockStart: Uint8Array | undefined = undefined;
  #isOpen = true;
  readonly #decay = new DecayCounter();
  readonly #valueUses = new ValueUseCount();
  #entryCount = 0;
  #tombstoneCount = 0;
  #rawBytes = 0;
  #minSequence = Infinity;
  #maxSequence = 0;
  #oldestExpiryMs = NEVER_EXPIRES;

  /** @throws CoreCacheError of the file system */
  constructor(options: TableWriterOptions) {
    const { fileNumber } = options;
    const { blockBytes, blockRestartInterval, bloomBitsPerKey, compression } = options.options;
    const codec = codecFor(compression);
    this.#options = options;
    this.#index = new IndexWriter({
      fileNumber,
      bloomBitsPerKey,
      pageBlocks: options.options.indexPageBlocks,
    });
    this.#block = new BlockWriter(blockBytes, blockRestartInterval, codec);
    this.#file = this.#create(temporaryFile(dataFile(fileNumber)));
    const version = codec === undefined ? DATA_FORMAT_VERSION : DATA_FORMAT_COMPRESSED;
    this.#data = new BufferedWriter(this.#file);
    this.#data.append(dataHeader(fileNumber, version));
  }

  get entryCount(): number {
    return this.#entryCount;
  }

  /** Size of the data file, but for the directory of the last block, if it were finished now. */
  get estimatedBytes(): number {
    return this.#block.isEmpty ? this.#position : this.#position + this.#block.byteLength;
  }

  /**
   * Entries come in (key ascending, sequence descending) order, no two equal in both.
   * @throws CoreCacheError of the file system
   */
  add(entry: Entry): void {
    const last = this.#last;
    const { keyBytes, keyStart, keyEnd, sequence } = entry;
    const keyLength = keyEnd - keyStart;
    const shared = this.#entryCount === 0 ? 0 : sharedBytes(last, entry);
    const isSameKey = this.#entryCount > 0 && shared === keyLength && shared === last.keyEnd;
    if (this.#entryCount === 0) this.#firstKey = copyOf(keyBytes, keyStart, keyEnd);
    else if (isSameKey) assert(sequence < last.sequence, 'versions of a key are added newest first');
    else assert(isAfter(entry, last, shared), 'keys are added in order');

    if (this.#blockEnded) this.#noteBlock(copyOf(keyBytes, keyStart, keyEnd));
    const { bloomBitsPerKey, blockBytes } = this.#options.options;
    if (bloomBitsPerKey > 0 && (!isSameKey || this.#index.lacksKeys)) {
      this.#index.addKey(hashKey(keyBytes, keyStart, keyEnd));
    }
    this.#coder ??= new EntryCoder({ sequence, writtenAtMs: entry.writtenAtMs, epoch: entry.epoch }, this.#file.path);
    this.#block.add(entry, shared, this.#coder);
    this.#count(entry, keyLength);
    this.#decay.add(entry, isSameKey);
    copyKey(entry, last, shared);
    last.sequence = sequence;
    if (this.#block.byteLength >= blockBytes) this.#blockEnded = true;
  }

  /**
   * At least one entry must have been added. When it throws, call `abandon`.
   * @throws CoreCacheError of the file system
   */
  finish(): TableSummary {
    assert(this.#entryCount > 0 && this.#coder !== undefined, 'a table has entries');
    const { fileSystem, directory, fileNumber } = this.#options;
    this.#noteBlock(undefined);
    this.#data.flush();
    const properties = {
      fileNumber,
      dataBytes: this.#position,
      entryCount: this.#entryCount,
      tombstoneCount: this.#tombstoneCount,
      rawBytes: this.#rawBytes,
      firstKey: inOwnMemory(this.#firstKey),
      lastKey: inOwnMemory(this.#last.keyBytes.subarray(this.#last.keyStart, this.#last.keyEnd)),
      minSequence: this.#minSequence,
      maxSequence: this.#maxSequence,
      oldestExpiryMs: this.#oldestExpiryMs,
    };
    const index = this.#index.finish({ summary: properties, base: this.#coder.base });
    this.#file.syncSync();
    this.#isOpen = false;
    this.#file.closeSync();
    this.#writeIndex(index);
    this.#rename(dataFile(fileNumber));
    this.#rename(indexFile(fileNumber));
    fileSystem.syncDirectorySync(directory);
    const decay = this.#decay.finish();
    const valueUses = this.#valueUses.uses();
    return {
      ...properties,
      indexBytes: index.reduce((sum, piece) => sum + piece.length, 0),
      ...(decay && { decay }),
      ...(valueUses.length > 0 && { valueUses }),
    };
  }

  /**
   * Removes what was written, also after `finish` has failed.
   * @throws CoreCacheError of the file system
   */
  abandon(): void {
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#file.closeSync();
    }
    for (const path of this.#paths) this.#options.fileSystem.removeSync(path);
    this.#paths.clear();
  }

  #count(entry: Entry, keyLength: number): void {
    this.#entryCount++;
    this.#valueUses.addEntry(entry);
    if (entry.operation === Operation.delete) this.#tombstoneCount++;
    this.#rawBytes += keyLength + entry.valueEnd - entry.valueStart;
    if (entry.sequence < this.#minSequence) this.#minSequence = entry.sequence;
    if (entry.sequence > this.#maxSequence) this.#maxSequence = entry.sequence;
    const { expiresAtMs } = entry;
    if (
      expiresAtMs !== NEVER_EXPIRES &&
      (this.#oldestExpiryMs === NEVER_EXPIRES || expiresAtMs < this.#oldestExpiryMs)
    ) {
      this.#oldestExpiryMs = expiresAtMs;
    }
  }

  /** Closes the block, now that the key after it is known; `undefined` at the end of the table. */
  #noteBlock(nextKey: Uint8Array | undefined): void {
    this.#blockEnded = false;
    const bytes = this.#block.finish(this.#options.fileNumber, this.#position);
    const lastKey = copyOf(this.#last.keyBytes, this.#last.keyStart, this.#last.keyEnd);
    const separator = nextKey === undefined ? lastKey : separatorBetween(lastKey, nextKey);
    this.#position += bytes.length;
    this.#index.addBlock({ separator, end: this.#position, start: this.#blockStart });
    this.#blockStart = nextKey && startBetween(lastKey, nextKey);
    this.#data.append(bytes);
  }

  #writeIndex(index: readonly Uint8Array[]): void {
    const file = this.#create(temporaryFile(indexFile(this.#options.fileNumber)));
    try {
      file.writeSync(index);
      file.syncSync();
    } finally {
      file.closeSync();
    }
  }

  #create(name: string): WritableFile {
    const path = join(this.#options.directory, name);
    const file = this.#options.fileSystem.openWriterSync(path, 'create');
    this.#paths.add(path);
    return file;
  }

  #rename(name: string): void {
    const path = join(this.#options.directory, name);
    const temporary = temporaryFile(path);
    this.#options.fileSystem.renameSync(temporary, path);
    this.#paths.delete(temporary);
    this.#paths.add(path);
  }
}

/** The summary goes from thread to thread, which would take the whole of Node's buffer pool along. */
function inOwnMemory(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

function sharedBytes(a: Entry, b: Entry): number {
  const shorter = Math.min(a.keyEnd - a.keyStart, b.keyEnd - b.keyStart);
  let shared = 0;
  while (shared < shorter && a.keyBytes[a.keyStart + shared] === b.keyBytes[b.keyStart + shared]) shared++;
  return shared;
}

function isAfter(entry: Entry, last: Entry, shared: number): boolean {
  const { keyBytes, keyStart, keyEnd } = entry;
  return compareRanges(keyBytes, keyStart + shared, keyEnd, last.keyBytes, last.keyStart + shared, last.keyEnd) > 0;
}
