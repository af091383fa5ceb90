import { join } from 'node:path';
import { compareBytes } from '../../base/bytes.js';
import { corruption } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import type { BlockCache } from '../cache/block-cache.js';
import type { Cursor } from '../iterator/cursor.js';
import type { Walk } from '../iterator/walk.js';
import { EntryCoder } from './block/entry-coder.js';
import { readIndex, readIndexSync, type TableIndex } from './index/index-file.js';
import type { IndexPage } from './index/index-page.js';
import { TableBlocks } from './read/table-blocks.js';
import { TableCursor } from './read/table-cursor.js';
import { TablePages } from './read/table-pages.js';
import type { TableSource } from './read/table-source.js';
import type { TableSummary } from './table-summary.js';

/**
 * An open table: both its files open, of its index the root in memory, its index pages and blocks read on demand and
 * kept in the cache.
 */
export class Table implements TableSource {
  readonly path: string;
  readonly index: TableIndex;
  /** That of the index: asked by each read. */
  readonly root: IndexPage;
  /** How many first bytes all its keys have in common. */
  readonly sharedLength: number;
  readonly coder: EntryCoder;
  readonly pages: TablePages;
  readonly blocks: TableBlocks;
  readonly #file: ReadableFile;

  private constructor(file: ReadableFile, pages: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.path = file.path;
    this.index = index;
    this.root = index.root;
    this.sharedLength = sharedLength(index.summary.firstKey, index.summary.lastKey);
    this.coder = new EntryCoder(index.base, file.path);
    this.pages = new TablePages(pages, index, cache);
    this.blocks = new TableBlocks(file, index, cache);
    this.#file = file;
  }

  /**
   * Reads the end of the index file, and looks at the size of the data file.
   * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`, or of the file system
   */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    fileNumber: FileNumber,
    cache: BlockCache,
  ): Promise<Table> {
    const pages = await fileSystem.openReader(join(directory, indexFile(fileNumber)));
    let file: ReadableFile | undefined;
    try {
      const index = await readIndex(pages);
      file = await fileSystem.openReader(join(directory, dataFile(fileNumber)));
      checkIdentity(index, pages.path, file, fileNumber);
      return new Table(file, pages, index, cache);
    } catch (error) {
      await pages.close();
      await file?.close();
      throw error;
    }
  }

  /** As `open`, on this thread. */
  static openSync(fileSystem: FileSystem, directory: string, fileNumber: FileNumber, cache: BlockCache): Table {
    const pages = fileSystem.openReaderSync(join(directory, indexFile(fileNumber)));
    let file: ReadableFile | undefined;
    try {
      const index = readIndexSync(pages);
      file = fileSystem.openReaderSync(join(directory, dataFile(fileNumber)));
      checkIdentity(index, pages.path, file, fileNumber);
      return new Table(file, pages, index, cache);
    } catch (error) {
      pages.closeSync();
      file?.closeSync();
      throw error;
    }
  }

  get summary(): TableSummary {
    return { ...this.index.summary, indexBytes: this.index.byteLength };
  }

  /** Memory that the open table takes without its pages and blocks. */
  get memoryBytes(): number {
    return this.index.memoryBytes + (this.blockCount + this.index.root.childCount) * SLOT_BYTES;
  }

  get blockCount(): number {
    return this.index.blockCount;
  }

  /** Over the keys of `walk` at the least: a walk out of it may end early. */
  cursor(walk?: Walk): Cursor {
    return new TableCursor(this, walk);
  }

  /** Gives back files, pages and blocks. No load may be under way. */
  closeSync(): void {
    this.pages.closeSync();
    this.blocks.closeSync();
  }

  /** Reads `target.length` bytes of the data file at `position`, past the cache. @throws CoreCacheError `CORRUPTION` */
  async readData(target: Uint8Array, position: number): Promise<void> {
    const bytesRead = await this.#file.read(target, position);
    if (bytesRead !== target.length) throw corruption(this.path, position, 'file ends within a block');
  }
}

/** A reference in an array. */
const SLOT_BYTES = 8;

function sharedLength(first: Uint8Array, last: Uint8Array): number {
  const shorter = Math.min(first.length, last.length);
  let shared = 0;
  while (shared < shorter && first[shared] === last[shared]) shared++;
  return shared;
}

function checkIdentity(index: TableIndex, indexPath: string, file: ReadableFile, fileNumber: FileNumber): void {
  const { summary } = index;
  if (summary.fileNumber !== fileNumber) {
    throw corruption(indexPath, 0, `is the index of table ${summary.fileNumber}`);
  }
  if (file.size !== summary.dataBytes) {
    throw corruption(file.path, undefined, `has ${file.size} bytes, ${summary.dataBytes} were written`);
  }
  if (compareBytes(summary.firstKey, summary.lastKey) > 0) {
    throw corruption(indexPath, 0, 'first key is after the last');
  }
}
