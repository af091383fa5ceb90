import type { Block } from '../block/block.js';
import type { EntryCoder } from '../block/entry-coder.js';
import type { TableIndex } from '../index/index-file.js';
import type { IndexPage } from '../index/index-page.js';
import type { PassingRun } from './passing-run.js';
import type { Waiter } from './shared-loads.js';

/** Blocks in a row that are read together: from `number`, which is wanted, to `end` before or after it. */
export interface BlockRun {
  readonly number: number;
  readonly end: number;
  /** In the data file, in bytes. */
  readonly position: number;
  readonly length: number;
  /** Knows where the blocks between are; of one block there are none. */
  readonly page: IndexPage | undefined;
}

/** Pages of an index, each on its own in memory or not. */
export interface PageSource {
  /** A page when it is in memory; not held. */
  cached(number: number): IndexPage | undefined;
  /**
   * Reads a page that is not in memory when its file answers at once; held, and to be released by the caller.
   * `undefined` when it is to be loaded.
   * @throws CoreCacheError `CORRUPTION`, or of the file system
   */
  readNow(number: number): IndexPage | undefined;
  /** Gets a page, loaded when need be. */
  load(number: number, waiter: Waiter<IndexPage>): void;
  /** A page, loaded when need be on this thread; held, and to be released by the caller. */
  readSync(number: number): IndexPage;
}

/** Blocks of a data file, each on its own in memory or not. */
export interface BlockSource {
  /** A block when it is in memory; not held. */
  cached(number: number): Block | undefined;
  /**
   * A block and up to `readAhead` after it, or before it when negative, of which none is in memory. With more than one,
   * the page is to be held until they are read.
   * @param page which the block is in
   */
  run(page: IndexPage, number: number, readAhead: number): BlockRun;
  /**
   * Reads a run, whose first block is not in memory, when the file answers at once; that block, held, and to be
   * released by the caller. `undefined` when it is to be loaded.
   * @throws CoreCacheError `CORRUPTION`, or of the file system
   */
  readNow(run: BlockRun): Block | undefined;
  /**
   * Reads a block and up to `readAhead` after it, or before it when negative, past the cache, in memory or not. `undefined`
   * when they are better read through it: while it has room, when it holds most of them, or when the file does not answer
   * at once.
   * @param page which the block is in
   * @throws CoreCacheError of the file system
   */
  passingRun(page: IndexPage, number: number, readAhead: number): PassingRun | undefined;
  /** Gets the first block of a run, loaded with the others when need be. */
  load(run: BlockRun, waiter: Waiter<Block>): void;
  /** The first block of a run, loaded alone when need be on this thread; held, and to be released by the caller. */
  readSync(run: BlockRun): Block;
  /** A walk through many of them has ended. */
  walked(): void;
}

/** What a cursor needs of an open table. */
export interface TableSource {
  readonly index: Pick<TableIndex, 'root' | 'pageBlocks'>;
  readonly coder: EntryCoder;
  readonly blockCount: number;
  readonly pages: PageSource;
  readonly blocks: BlockSource;
}
