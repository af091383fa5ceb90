import { asError } from '../../../base/as-error.js';
import { assert } from '../../../base/assert.js';
import { compareRanges } from '../../../base/bytes.js';
import { Entry, ValuePlace } from '../../entry.js';
import { CursorState, type Cursor } from '../../iterator/cursor.js';
import { EVERY_KEY } from '../../iterator/key-range.js';
import type { Walk } from '../../iterator/walk.js';
import type { Block } from '../block/block.js';
import type { BlockSource, TableSource } from './table-source.js';
import { CursorPage } from './cursor-page.js';
import { EntryLengths } from '../block/entry-lengths.js';
import type { IndexPage } from '../index/index-page.js';
import { Stretch } from '../block/stretch.js';
import { WalkAhead } from './walk-ahead.js';

/** What to do in a block once it is there. `before` and `seek` go by the key sought. */
type Arrival = 'first' | 'last' | 'seek' | 'before';

/**
 * Over one open table. Keys are put together in a buffer of the cursor's own as it goes forward. Going backward a whole
 * stretch between two restarts is put together once, so that a step back costs as little as one forward.
 *
 * A move into a block that has to be loaded remembers what it wanted there (`#arrival`) and leaves the cursor
 * `unloaded`; loading takes it up again. So does one that lacks the index page by which to go on: once it is there the
 * move is made anew. The block under the cursor is held, and the last page that it went by, so that eviction disturbs
 * neither.
 */
export class TableCursor implements Cursor {
  readonly entry = new Entry();
  state: CursorState = CursorState.end;
  readonly #table: TableSource;
  readonly #blocks: BlockSource;
  readonly #range: Walk;
  /** Under the cursor, or to arrive in. */
  #blockNumber = 0;
  #isClosed = false;
  #block: Block | undefined = undefined;
  readonly #page: CursorPage;
  readonly #ahead: WalkAhead;
  /** What an unloaded cursor lacks is the page. */
  #lacksPage = false;
  #arrival: Arrival = 'first';
  #soughtKey: Uint8Array = NO_KEY;
  /** Why a page is looked for in which to find the block to enter; `undefined` when that is known. */
  #sought: 'seek' | 'before' | undefined = undefined;
  /** Of the entry under the cursor, in its block. */
  #start = 0;
  #end = 0;
  #key = new Uint8Array(64);
  #keyLength = 0;
  /** So many first bytes of `#key` were in it before. */
  #shared = 0;
  /** Made by the first move backward. */
  #stretch: Stretch | undefined = undefined;
  readonly #lengths = new EntryLengths();

  /** Blocks that cannot hold a key of `range` are not loaded: the cursor ends before them. */
  constructor(table: TableSource, range: Walk = EVERY_KEY) {
    this.#table = table;
    this.#blocks = table.blocks;
    this.#range = range;
    this.#page = new CursorPage(table.pages);
    this.#ahead = new WalkAhead(table, range.handOut);
  }

  seekToFirst(): void {
    this.#enter(0, 'first');
  }

  seekToLast(): void {
    this.#enter(this.#table.blockCount - 1, 'last');
  }

  seek(key: Uint8Array): void {
    this.#soughtKey = key;
    this.#find('seek');
  }

  seekBefore(key: Uint8Array): void {
    this.#soughtKey = key;
    this.#find('before');
  }

  next(): void {
    assert(this.state === CursorState.ready, 'next needs an entry');
    const block = this.#block!;
    if (this.#end < block.entriesEnd) this.#showAt(block, this.#end);
    else this.#enter(this.#blockNumber + 1, 'first');
  }

  previous(): void {
    assert(this.state === CursorState.ready, 'previous needs an entry');
    this.#showBefore(this.#block!, this.#start);
  }

  async load(): Promise<void> {
    while (this.state === CursorState.unloaded) await (this.#lacksPage ? this.#loadPage() : this.#loadBlock());
  }

  loadSync(): void {
    while (this.state === CursorState.unloaded) {
      if (this.#lacksPage) {
        this.#page.loadSync();
        this.#moveAnew();
      } else this.#blockSync();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.state = CursorState.end;
    this.#hold(undefined);
    this.#page.close();
    this.#ahead.close();
  }

  async #loadPage(): Promise<void> {
    await this.#page.load(() => !this.#isClosed);
    if (!this.#isClosed) this.#moveAnew();
  }

  /** The move that lacked the page, which is there now. */
  #moveAnew(): void {
    if (this.#sought === undefined) this.#enter(this.#blockNumber, this.#arrival);
    else this.#find(this.#sought);
  }

  #blockSync(): void {
    const block = this.#blocks.readSync(this.#blocks.run(this.#page.held, this.#blockNumber, 0));
    try {
      this.#arrive(block);
    } finally {
      block.release();
    }
  }

  #loadBlock(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#blocks.load(this.#blocks.run(this.#page.held, this.#blockNumber, this.#ahead.now), {
        loaded: (block) => {
          try {
            if (!this.#isClosed) this.#arrive(block);
            resolve();
          } catch (error) {
            reject(asError(error));
          }
        },
        failed: (error) => reject(asError(error)),
      });
    });
  }

  /** Reads the block to arrive in, or leaves that to a load. */
  #readNow(page: IndexPage): void {
    // Also when the read fails.
    this.state = CursorState.unloaded;
    this.#lacksPage = false;
    const arrival = this.#arrival;
    if (arrival === 'first' || arrival === 'last') this.#ahead.goOn(arrival === 'first');
    else this.#ahead.seek();
    const passing = this.#ahead.read(page, this.#blockNumber);
    if (passing !== undefined) {
      this.#arrive(passing);
      return;
    }
    const block = this.#blocks.readNow(this.#blocks.run(page, this.#blockNumber, this.#ahead.now));
    if (block === undefined) return;
    try {
      this.#arrive(block);
    } finally {
      block.release();
    }
  }

  /** Lets go of the block under the cursor for another. */
  #hold(block: Block | undefined): void {
    if (block === this.#block) return;
    block?.hold();
    this.#block?.release();
    this.#block = block;
  }

  /** That page; `undefined` when it has to be loaded. Until more is known the cursor is `unloaded` for it. */
  #pageNow(number: number): IndexPage | undefined {
    // Also when a read fails.
    this.state = CursorState.unloaded;
    this.#lacksPage = true;
    return this.#page.now(number);
  }

  /** Enters the block where the key sought is, or would be. */
  #find(arrival: 'seek' | 'before'): void {
    const { root, pageBlocks } = this.#table.index;
    const key = this.#soughtKey;
    const pageNumber = root.find(key);
    const first = pageNumber * pageBlocks;
    const isBehindAll = pageNumber === root.childCount;
    // What the root knows takes no page.
    if (arrival === 'before' && (isBehindAll || root.compareStart(pageNumber, key) >= 0)) {
      this.#enter(Math.min(first, this.#table.blockCount) - 1, 'last');
      return;
    }
    const { end } = this.#range;
    if (isBehindAll || (arrival === 'seek' && end !== undefined && root.compareStart(pageNumber, end) >= 0)) {
      this.state = CursorState.end;
      return;
    }
    this.#sought = arrival;
    const page = this.#pageNow(pageNumber);
    if (page === undefined) return;
    const child = page.find(key);
    if (arrival === 'before' && page.compareStart(child, key) >= 0) this.#enter(first + child - 1, 'last');
    else this.#enter(first + child, arrival);
  }

  #enter(blockNumber: number, arrival: Arrival): void {
    this.#stretch?.forget();
    this.#sought = undefined;
    if (blockNumber < 0 || blockNumber >= this.#table.blockCount) {
      this.state = CursorState.end;
      return;
    }
    if (blockNumber !== this.#blockNumber) this.#hold(undefined);
    this.#blockNumber = blockNumber;
    this.#arrival = arrival;
    const isOutOfRange = this.#isOutOfRange(blockNumber, arrival);
    if (isOutOfRange === undefined) return;
    if (isOutOfRange) {
      this.state = CursorState.end;
      return;
    }
    const block = this.#block ?? this.#ahead.block(blockNumber) ?? this.#blocks.cached(blockNumber);
    this.#hold(block);
    if (block !== undefined) {
      this.#arrive(block);
      return;
    }
    const page = this.#pageNow(Math.floor(blockNumber / this.#table.index.pageBlocks));
    if (page !== undefined) this.#readNow(page);
  }

  /**
   * True when all that this way leads to lies beyond the range; `undefined` when that takes a page that is to be
   * loaded.
   */
  #isOutOfRange(blockNumber: number, arrival: Arrival): boolean | undefined {
    const isForward = arrival === 'first' || arrival === 'seek';
    const bound = isForward ? this.#range.end : this.#range.start;
    if (bound === undefined) return false;
    const { root, pageBlocks } = this.#table.index;
    const pageNumber = Math.floor(blockNumber / pageBlocks);
    const child = blockNumber - pageNumber * pageBlocks;
    // A page begins where its first block does, and ends with its last one: the root knows.
    if (isForward) {
      if (child === 0) return root.compareStart(pageNumber, bound) >= 0;
      const page = this.#pageNow(pageNumber);
      return page && page.compareStart(child, bound) >= 0;
    }
    if (child === pageBlocks - 1 || blockNumber === this.#table.blockCount - 1) {
      return root.compareSeparator(pageNumber, bound) < 0;
    }
    const page = this.#pageNow(pageNumber);
    return page && page.compareSeparator(child, bound) < 0;
  }

  #arrive(block: Block): void {
    this.#hold(block);
    this.#keyLength = 0;
    if (this.#arrival === 'first') this.#showAt(block, 0);
    else if (this.#arrival === 'last') this.#showBefore(block, block.entriesEnd);
    else {
      const start = this.#firstAtOrAfter(block, this.#soughtKey);
      if (this.#arrival === 'before') this.#showBefore(block, start);
      else if (start < block.entriesEnd) this.state = CursorState.ready;
      else this.#enter(this.#blockNumber + 1, 'first');
    }
  }

  /** Shows that entry and returns its start, or the end of the entries when all keys are before `key`. */
  #firstAtOrAfter(block: Block, key: Uint8Array): number {
    for (let offset = block.restart(block.restartBefore(key)); offset < block.entriesEnd; offset = this.#end) {
      const payloadStart = this.#readKey(block, offset);
      if (compareRanges(this.#key, 0, this.#keyLength, key, 0, key.length) < 0) continue;
      this.#show(block, payloadStart, this.#end, 0);
      return offset;
    }
    return block.entriesEnd;
  }

  /** Shows the entry at `offset`, which is a restart or follows the entry whose key is in `#key`. */
  #showAt(block: Block, offset: number): void {
    const payloadStart = this.#readKey(block, offset);
    this.#show(block, payloadStart, this.#end, this.#shared);
  }

  #show(block: Block, payloadStart: number, end: number, keyShared: number): void {
    const { entry } = this;
    entry.keyBytes = this.#key;
    entry.keyStart = 0;
    entry.keyEnd = this.#keyLength;
    entry.keyShared = keyShared;
    this.#table.coder.read(block.bytes, payloadStart, end, entry);
    if (block.isGivenAway && entry.valuePlace === ValuePlace.inline) entry.valuePlace = ValuePlace.own;
    this.state = CursorState.ready;
  }

  /** Puts the key of that entry together, and returns where its payload starts. */
  #readKey(block: Block, offset: number): number {
    const { bytes, entriesEnd } = block;
    const { coder } = this.#table;
    this.#start = offset;
    let shared = bytes[offset]!;
    let unshared = bytes[offset + 1]!;
    let payload = bytes[offset + 2]!;
    let at = offset + 3;
    if ((shared | unshared | payload) >= 0x80) {
      const lengths = this.#lengths;
      lengths.read(bytes, offset, entriesEnd, coder);
      ({ shared, unshared, payload, end: at } = lengths);
    }
    const payloadStart = at + unshared;
    const end = payloadStart + payload;
    if (end > entriesEnd || shared > this.#keyLength) coder.fail('entry runs past its block');
    const keyLength = shared + unshared;
    if (keyLength > this.#key.length) this.#growKey(keyLength);
    const key = this.#key;
    for (let i = shared; at < payloadStart;) key[i++] = bytes[at++]!;
    this.#keyLength = keyLength;
    this.#shared = shared;
    this.#end = end;
    return payloadStart;
  }

  /** Shows the entry that ends at `offset`; from the start of the block, the last of the block before. */
  #showBefore(block: Block, offset: number): void {
    if (offset === 0) {
      this.#enter(this.#blockNumber - 1, 'last');
      return;
    }
    const stretch = (this.#stretch ??= new Stretch());
    if (!stretch.covers(offset)) this.#gather(stretch, block, offset);
    const number = stretch.numberEndingAt(offset);
    this.#start = stretch.start(number);
    this.#end = offset;
    // `next` builds on `#key`, so it always holds the key shown.
    const keyStart = stretch.keyStart(number);
    const keyLength = stretch.keyEnd(number) - keyStart;
    const { keys } = stretch;
    const key = this.#key;
    for (let i = 0; i < keyLength; i++) key[i] = keys[keyStart + i]!;
    this.#keyLength = keyLength;
    this.#show(block, stretch.payloadStart(number), offset, 0);
  }

  /** Puts together the stretch from the last restart before `offset` up to `offset`. */
  #gather(stretch: Stretch, block: Block, offset: number): void {
    let low = 0;
    let high = block.restartCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (block.restart(middle) < offset) low = middle;
      else high = middle - 1;
    }
    stretch.forget();
    for (let start = block.restart(low); start < offset; start = this.#end) {
      const payloadStart = this.#readKey(block, start);
      stretch.add(start, this.#end, payloadStart, this.#key, this.#keyLength);
    }
  }

  #growKey(length: number): void {
    const larger = new Uint8Array(length * 2);
    larger.set(this.#key.subarray(0, this.#keyLength));
    this.#key = larger;
  }
}

const NO_KEY = new Uint8Array(0);
