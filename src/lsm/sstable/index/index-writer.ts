import { crc32 } from '../../../base/checksum.js';
import { placeOf, writeUint32 } from '../block/block-format.js';
import { makeBloomBits } from './bloom-filter.js';
import { DATA_HEADER_BYTES } from '../file-frame.js';
import { HashList } from './hash-list.js';
import { encodeTail, PAGE_TRAILER_BYTES, type PageNote } from './index-file.js';
import { encodePage, type IndexNote } from './page-format.js';
import type { TableProperties } from '../table-properties.js';

export interface IndexWriterOptions {
  readonly fileNumber: number;
  /** 0 for no filter. */
  readonly bloomBitsPerKey: number;
  /** Blocks of each page but the last. */
  readonly pageBlocks: number;
}

/** Makes the index file of a table, a page as soon as its blocks are written. */
export class IndexWriter {
  readonly #options: IndexWriterOptions;
  readonly #hashes = new HashList();
  #notes: IndexNote[] = [];
  readonly #pages: PageNote[] = [];
  readonly #pieces: Uint8Array[] = [];
  #blockCount = 0;
  /** Where the page that is being filled goes in the index file. */
  #position = 0;
  /** Where its first block begins in the data file. */
  #blockPosition = DATA_HEADER_BYTES;

  constructor(options: IndexWriterOptions) {
    this.#options = options;
  }

  /** The page that is being filled has no key yet: it also gets the one that goes on from the page before. */
  get lacksKeys(): boolean {
    return this.#hashes.isEmpty;
  }

  /** A key of the block that is noted next. */
  addKey(hash: number): void {
    this.#hashes.add(hash);
  }

  addBlock(note: IndexNote): void {
    this.#notes.push(note);
    this.#blockCount++;
    if (this.#notes.length === this.#options.pageBlocks) this.#endPage();
  }

  /** The file, in pieces that follow each other. At least one block must have been added. */
  finish(properties: TableProperties): readonly Uint8Array[] {
    if (this.#notes.length > 0) this.#endPage();
    return [...this.#pieces, encodeTail(properties, this.#pages, this.#options.pageBlocks, this.#blockCount)];
  }

  #endPage(): void {
    const { fileNumber, bloomBitsPerKey } = this.#options;
    const notes = this.#notes;
    const filter = bloomBitsPerKey > 0 ? makeBloomBits(this.#hashes.hashes, bloomBitsPerKey) : undefined;
    const page = encodePage(this.#blockPosition, notes, filter, PAGE_TRAILER_BYTES);
    const end = page.length - PAGE_TRAILER_BYTES;
    writeUint32(page, end, crc32(page.subarray(0, end), placeOf(fileNumber, this.#position)));
    this.#pieces.push(page);
    this.#position += page.length;
    const { separator, end: blocksEnd } = notes.at(-1)!;
    const note: IndexNote = { separator, end: this.#position, start: notes[0]!.start };
    this.#pages.push({ note, blockPosition: this.#blockPosition });
    this.#blockPosition = blocksEnd;
    this.#notes = [];
    this.#hashes.clear();
  }
}
