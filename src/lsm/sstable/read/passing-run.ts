import { isCoreCacheError } from '../../../base/errors.js';
import { NO_SLOTS } from '../../cache/pooled-entry.js';
import { Block } from '../block/block.js';
import { BLOCK_TRAILER_BYTES } from '../block/block-format.js';
import { unpackBlock } from '../block/unpack-block.js';
import type { IndexPage } from '../index/index-page.js';

/** Memory for blocks that are given away, four ordinary ones: a value that a caller keeps keeps so much. */
const PIECE_BYTES = 17 * 1024;
/** Of a larger block the values are copied one by one. */
const GIVEN_BYTES_MAX = PIECE_BYTES / 2;

/** Where the blocks of a passing run come from. */
export interface PassingSource {
  readonly path: string;
  readonly fileNumber: number;
  readonly page: IndexPage;
  /** Of the first block of the page. */
  readonly pageStart: number;
  /** What was read of the data file: as far as the file goes. */
  readonly read: Uint8Array;
  /** Where in the file that begins. */
  readonly position: number;
  /** `read` is not looked at any more. */
  freed(): void;
}

/**
 * Blocks in a row that a long walk has read past a full cache, for itself alone.
 *
 * In the cache they would push out what other reads come back to, and the walk does not come back. Each would also cost
 * memory of its own, a copy into it, a place among the others, and the leaving of another. Here a block is checked when
 * the walk comes to it and read where it lies; the memory of all serves the next run.
 *
 * Where values are handed out, the block is copied, into memory that the callers get with their values: one copy in place
 * of one for each value.
 */
export class PassingRun {
  readonly #source: PassingSource;
  readonly #first: number;
  readonly #last: number;
  #piece = new Uint8Array(0);
  #pieceEnd = 0;

  /** Of the blocks `first` to `last`. Holds the page until it is closed. */
  constructor(first: number, last: number, source: PassingSource) {
    this.#first = first;
    this.#last = last;
    this.#source = source;
    source.page.hold();
  }

  /** Whether that block is of the run. */
  holds(number: number): boolean {
    return number >= this.#first && number <= this.#last;
  }

  /**
   * A block of the run; `undefined` when it is damaged: then it is to be read by itself, which says what is wrong.
   * @param isGivenAway values of it are likely to be handed out, and so it is to be in memory that goes with them
   */
  block(number: number, isGivenAway: boolean): Block | undefined {
    try {
      return this.#checked(number, isGivenAway);
    } catch (error) {
      if (isCoreCacheError(error, 'CORRUPTION')) return undefined;
      throw error;
    }
  }

  /** Once, and when no block of it is looked at any more. */
  close(): void {
    this.#source.page.release();
    this.#source.freed();
  }

  #checked(number: number, isGivenAway: boolean): Block | undefined {
    const { path, fileNumber, page, pageStart, read, position: runStart } = this.#source;
    const position = page.position(number - pageStart);
    const length = page.end(number - pageStart) - position;
    const start = position - runStart;
    if (start + length > read.length) return undefined;
    const bytes = read.subarray(start, start + length);
    const unpacked = unpackBlock(bytes, path, fileNumber, position);
    const contentBytes = unpacked?.length ?? length - BLOCK_TRAILER_BYTES;
    const givesAway = isGivenAway && contentBytes <= GIVEN_BYTES_MAX;
    const contents = unpacked ?? (givesAway ? this.#copy(bytes) : bytes);
    const block = new Block(contents, contentBytes, NO_SLOTS, number, path, position);
    block.isGivenAway = givesAway;
    return block;
  }

  #copy(bytes: Uint8Array): Uint8Array {
    if (this.#pieceEnd + bytes.length > this.#piece.length) {
      this.#piece = new Uint8Array(Buffer.allocUnsafeSlow(PIECE_BYTES).buffer);
      this.#pieceEnd = 0;
    }
    const copy = this.#piece.subarray(this.#pieceEnd, this.#pieceEnd + bytes.length);
    copy.set(bytes);
    this.#pieceEnd += bytes.length;
    return copy;
  }
}
