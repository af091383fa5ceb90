import { Entry } from '../../entry.js';
import { Block } from '../block/block.js';
import { BLOCK_TRAILER_BYTES } from '../block/block-format.js';
import { BlockSearch, findInPlace } from '../block/block-search.js';
import type { BlockRun } from './table-source.js';
import { FindState } from './find-state.js';
import type { IndexPage } from '../index/index-page.js';
import type { Waiter } from './shared-loads.js';
import type { Table } from '../table.js';

/**
 * The look for one key in one table after another: in the root which page, in the page whether the table has the key
 * and which block, in the block the version. It stops at a page or block that has to be loaded, and goes on from there.
 *
 * What it finds stands in `entry`, whose value lies in the block: it is to be copied out before anything else is read.
 */
export class TableSearch {
  readonly entry = new Entry();
  #key: Uint8Array = NO_KEY;
  #hash = 0;
  #atSequence = 0;
  #table: Table | undefined = undefined;
  #known = 0;
  #pageNumber = 0;
  #blockNumber = 0;
  /** The page is wanted for where the block is, in which the versions of the key go on. */
  #goesOn = false;
  /** What is missing: the block, or the page when `undefined`. */
  #missing: BlockRun | undefined = undefined;

  /** What all tables are asked for: the newest version of `key` at or below `atSequence`. `hash` is `hashKey(key)`. */
  ask(key: Uint8Array, hash: number, atSequence: number): void {
    this.#key = key;
    this.#hash = hash;
    this.#atSequence = atSequence;
  }

  get key(): Uint8Array {
    return this.#key;
  }

  get hash(): number {
    return this.#hash;
  }

  get atSequence(): number {
    return this.#atSequence;
  }

  /**
   * Looks into a table, as far as that needs no waiting. Tombstones are versions too.
   * @param known so many first bytes of the key are those of every key of the table
   */
  begin(table: Table, known = 0): FindState {
    const { root } = table;
    const number = root.find(this.#key, known);
    if (number === root.childCount) return FindState.absent;
    this.#table = table;
    this.#known = known;
    this.#goesOn = false;
    const page = this.#pageNow(table, number);
    return page === undefined ? FindState.unloaded : this.#inPage(table, page);
  }

  /** When unloaded: asks for what is missing, to go on with. No look may be begun before it has come. */
  load(waiter: Waiter<Block | IndexPage>): void {
    const table = this.#table!;
    if (this.#missing === undefined) table.pages.load(this.#pageNumber, waiter);
    else table.blocks.load(this.#missing, waiter);
  }

  /** Goes on with what has been loaded. @throws CoreCacheError `CORRUPTION`, or of the file system */
  resume(piece: Block | IndexPage): FindState {
    return piece instanceof Block ? this.#inBlock(this.#table!, piece) : this.#inPage(this.#table!, piece);
  }

  /** When unloaded: reads what is missing on this thread, and goes on. @throws CoreCacheError as `resume` */
  resumeSync(): FindState {
    const table = this.#table!;
    const piece =
      this.#missing === undefined ? table.pages.readSync(this.#pageNumber) : table.blocks.readSync(this.#missing);
    try {
      return this.resume(piece);
    } finally {
      piece.release();
    }
  }

  #inPage(table: Table, page: IndexPage): FindState {
    if (!this.#goesOn) {
      if (!page.mayContain(this.#hash)) return FindState.absent;
      const child = page.find(this.#key, this.#known);
      this.#blockNumber = this.#pageNumber * table.index.pageBlocks + child;
      if (table.blocks.isInPlace(page, this.#blockNumber)) {
        const search = this.#findInPlace(table, page.position(child), page.end(child));
        if (search !== BlockSearch.continues) return search;
      }
    }
    const block = table.blocks.cached(this.#blockNumber) ?? this.#readNow(table, page);
    return block === undefined ? FindState.unloaded : this.#inBlock(table, block);
  }

  #findInPlace({ blocks, coder }: Table, position: number, end: number): BlockSearch {
    return findInPlace(
      blocks.mapped!,
      position,
      end - BLOCK_TRAILER_BYTES,
      this.#key,
      this.#atSequence,
      coder,
      this.entry,
    );
  }

  #inBlock(table: Table, loaded: Block): FindState {
    for (let block: Block | undefined = loaded; ;) {
      const search = block.find(this.#key, this.#atSequence, table.coder, this.entry);
      if (search !== BlockSearch.continues) return search;
      if (++this.#blockNumber === table.blockCount) return FindState.absent;
      this.#goesOn = true;
      block = table.blocks.cached(this.#blockNumber);
      if (block !== undefined) continue;
      const page = this.#pageNow(table, Math.floor(this.#blockNumber / table.index.pageBlocks));
      if (page === undefined) return FindState.unloaded;
      block = this.#readNow(table, page);
      if (block === undefined) return FindState.unloaded;
    }
  }

  /** Not held: what it says is good until something else is read. */
  #pageNow(table: Table, number: number): IndexPage | undefined {
    this.#pageNumber = number;
    const cached = table.pages.cached(number);
    if (cached !== undefined) return cached;
    this.#missing = undefined;
    const page = table.pages.readNow(number);
    page?.release();
    return page;
  }

  /** The block, which is in that page and not in memory. Not held, as a page. */
  #readNow(table: Table, page: IndexPage): Block | undefined {
    const run = table.blocks.run(page, this.#blockNumber, 0);
    this.#missing = run;
    const block = table.blocks.readNow(run);
    block?.release();
    return block;
  }
}

const NO_KEY = new Uint8Array(0);
