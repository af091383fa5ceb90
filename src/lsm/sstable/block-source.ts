import type { Block } from './block.js';
import type { EntryCoder } from './entry-coder.js';
import type { TableIndex } from './index-file.js';

/** Who waits for a block. Called once, and not to throw: an error that comes of the block is the waiter's own. */
export interface BlockWaiter {
  /** The block is there now; to read it later, hold it. */
  loaded(block: Block): void;
  failed(error: unknown): void;
}

/** What a cursor needs of an open table. */
export interface BlockSource {
  readonly index: TableIndex;
  readonly coder: EntryCoder;
  readonly blockCount: number;
  /** A block when it is in memory; not held. */
  cachedBlock(number: number): Block | undefined;
  /**
   * Reads a block that is not in memory, and as many others as `load` does, when its file answers at once; held, and to be
   * released by the caller. `undefined` when it is to be loaded.
   * @throws CoreCacheError `CORRUPTION`, or of the file system
   */
  readNow(number: number, readAhead: number): Block | undefined;
  /** Gets a block, loaded when need be; together with up to `readAhead` blocks after it, or before it when negative. */
  load(number: number, readAhead: number, waiter: BlockWaiter): void;
  /** A block, loaded when need be on this thread; held, and to be released by the caller. */
  blockSync(number: number): Block;
}
