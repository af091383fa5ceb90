import { endsInChecksum } from '../../../base/checksum.js';
import { corruption } from '../../../base/errors.js';
import type { ReadableFile } from '../../../env/file-system.js';
import type { BlockCache } from '../../cache/block-cache.js';
import type { PieceSlots } from '../../cache/pooled-entry.js';
import { placeOf } from '../block/block-format.js';
import type { PageSource } from './table-source.js';
import { firstBytes } from './first-bytes.js';
import { PAGE_TRAILER_BYTES, type TableIndex } from '../index/index-file.js';
import { IndexPage } from '../index/index-page.js';
import { SharedLoads, type Waiter } from './shared-loads.js';

/**
 * The index pages of an open table, read on demand and kept in the cache one by one, as its blocks are. Those of a
 * table of an earlier format, which has but one, are in memory as long as the table is open.
 */
export class TablePages implements PageSource {
  readonly #file: ReadableFile;
  readonly #index: TableIndex;
  readonly #cache: BlockCache;
  readonly #slots: PieceSlots<IndexPage>;
  /** Of the slots: a look by each read. */
  readonly #pieces: readonly (IndexPage | undefined)[];
  readonly #loads = new SharedLoads<IndexPage>();

  constructor(file: ReadableFile, index: TableIndex, cache: BlockCache) {
    this.#file = file;
    this.#index = index;
    this.#cache = cache;
    const pieces = new Array<IndexPage | undefined>(index.root.childCount).fill(undefined);
    if (index.only !== undefined) pieces[0] = index.only;
    this.#pieces = pieces;
    this.#slots = { pieces, freed: ({ bytes }) => cache.giveBuffer(bytes) };
  }

  cached(number: number): IndexPage | undefined {
    const page = this.#pieces[number];
    if (page !== undefined) page.isReferenced = true;
    return page;
  }

  readNow(number: number): IndexPage | undefined {
    const { root } = this.#index;
    const isAtOnce = this.#file.answersAtOnce(root.end(number) - root.position(number));
    return isAtOnce ? this.#readSync(number) : undefined;
  }

  readSync(number: number): IndexPage {
    const cached = this.cached(number);
    cached?.hold();
    return cached ?? this.#readSync(number);
  }

  load(number: number, waiter: Waiter<IndexPage>): void {
    const cached = this.cached(number);
    if (cached !== undefined) {
      waiter.loaded(cached);
      return;
    }
    if (!this.#loads.begin(number, waiter)) return;
    const { position, length, bytes } = this.#room(number);
    this.#file.read(firstBytes(bytes, length), position).then(
      (bytesRead) => this.#loads.end(number, () => this.#keepLoaded(number, bytes, bytesRead)),
      (error: unknown) => this.#loads.end(number, () => this.#fail(bytes, error)),
    );
  }

  /** Gives back the file and all pages. No load may be under way. */
  closeSync(): void {
    for (const page of this.#slots.pieces) {
      if (page === undefined) continue;
      this.#cache.remove(page);
      page.evict();
    }
    this.#file.closeSync();
  }

  #readSync(number: number): IndexPage {
    const { position, length, bytes } = this.#room(number);
    let bytesRead: number;
    try {
      bytesRead = this.#file.readSync(firstBytes(bytes, length), position);
    } catch (error) {
      this.#fail(bytes, error);
    }
    return this.#keep(number, bytes, bytesRead);
  }

  /** Where a page is, and memory for it. */
  #room(number: number): { position: number; length: number; bytes: Uint8Array } {
    const { root } = this.#index;
    const position = root.position(number);
    const length = root.end(number) - position;
    this.#cache.indexReads++;
    return { position, length, bytes: this.#cache.takeBuffer(length) };
  }

  #fail(bytes: Uint8Array, error: unknown): never {
    this.#cache.giveBuffer(bytes);
    throw error;
  }

  #keepLoaded(number: number, bytes: Uint8Array, bytesRead: number): IndexPage {
    const present = this.#slots.pieces[number];
    if (present === undefined) return this.#keep(number, bytes, bytesRead);
    // A synchronous read was faster.
    this.#cache.giveBuffer(bytes);
    present.hold();
    return present;
  }

  /** Takes over `bytes`. The page is held for the caller. */
  #keep(number: number, bytes: Uint8Array, bytesRead: number): IndexPage {
    const { root, summary, blockPositions } = this.#index;
    const { path } = this.#file;
    const position = root.position(number);
    const length = root.end(number) - position;
    try {
      if (bytesRead !== length) throw corruption(path, position, 'file ends within an index page');
      checkPage(firstBytes(bytes, length), path, summary.fileNumber, position);
      const page = new IndexPage(bytes, length - PAGE_TRAILER_BYTES, this.#slots, number, path, position);
      const blocksEnd = blockPositions[number + 1] ?? summary.dataBytes;
      if (page.position(0) !== blockPositions[number] || page.end(page.childCount - 1) !== blocksEnd) {
        throw corruption(path, position, 'index page is of other blocks');
      }
      // A cache too small for it drops it at once.
      page.hold();
      this.#slots.pieces[number] = page;
      this.#cache.insert(page);
      return page;
    } catch (error) {
      this.#fail(bytes, error);
    }
  }
}

/**
 * @throws CoreCacheError `CORRUPTION` unless `bytes` is what was written as the page at `position` of the index file
 */
export function checkPage(bytes: Uint8Array, path: string, fileNumber: number, position: number): void {
  if (bytes.length < PAGE_TRAILER_BYTES || !endsInChecksum(bytes, placeOf(fileNumber, position))) {
    throw corruption(path, position, 'index page does not match its checksum');
  }
}
