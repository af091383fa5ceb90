import { asError } from '../../base/as-error.js';
import { copyOf, copyOfPair } from '../../base/bytes.js';
import { CoreCacheError } from '../../base/errors.js';
import { pairOf } from '../../base/pair-of.js';
import { takeValue, ValuePlace, type Entry } from '../../lsm/entry.js';
import { CursorState } from '../../lsm/iterator/cursor.js';
import type { VisibleIterator } from '../../lsm/iterator/visible-iterator.js';
import type { StoredEntry } from '../operations.js';
import { BYTES_A_WORK, type ReadTurns } from './read-turns.js';

/** Entries whose work is counted together. */
const ENTRIES_A_COUNT = 256;
/** What it takes to begin: a look into each level. */
const WORK_A_SEEK = 32;
/** Key and value bytes at which `nextMany` answers with what it has, however many entries were asked for. */
const BATCH_BYTES_MAX = 1024 * 1024;
/** What `next` copies ahead at most: enough that the setting up is shared, little to throw away when the loop is left. */
const AHEAD_ITEMS_MAX = 64;
const AHEAD_BYTES_MAX = 64 * 1024;
const DONE: Promise<unknown> = Promise.resolve();

/** One walk. Calls that overlap are answered in their order; closing the database ends it with `CLOSED`. */
export interface ScanIterator<Item> extends AsyncIterableIterator<Item> {
  /**
   * Up to `itemsMax` items, and at least one unless there is none left: an empty array is the end. May be mixed with
   * `next`.
   * @throws CoreCacheError `INVALID_ARGUMENT` when `itemsMax` is no whole number of 1 or more
   */
  nextMany(itemsMax: number): Promise<Item[]>;
  return(): Promise<IteratorResult<Item>>;
}

/** Who is told that a scan holds nothing any more. */
export interface ScanOwner {
  scanEnded(scan: Scan<unknown>): void;
}

/**
 * A walk over what one moment of the database shows. It holds tables and memtables until it has ended: by its last entry,
 * its limit, `return`, an error, or the closing of the database.
 *
 * Entries are copied out many in a row: for `nextMany` as many as it asks for, for `next` more and more ahead, which is
 * right because the moment is fixed. Only what needs no waiting is copied ahead, and an error that turns up ahead is kept
 * until the entries before it have been handed out. The answer is then a promise that is resolved already; when the next
 * block has to come from the disk, it is loaded off the event loop. Calls that overlap are answered in their order.
 *
 * Between calls the iterator stands on the next entry to copy, or where a load will bring it there.
 */
export class Scan<Item> implements ScanIterator<Item> {
  /** Kept by the owner, for finding it among others. */
  place = 0;
  readonly #iterator: VisibleIterator;
  readonly #toItem: (entry: Entry) => Item;
  readonly #isReverse: boolean;
  readonly #turns: ReadTurns;
  readonly #owner: ScanOwner;
  #remaining: number;
  #isStarted = false;
  /** Everything is copied out, or the scan was ended: the iterator is closed. */
  #isClosed = false;
  #isEnded = false;
  /** Why there is nothing after the entries copied ahead; every later call answers with it. */
  #failure: Error | undefined = undefined;
  /** Copied and not yet handed out: those from `#aheadStart` on. */
  #ahead: Item[] = [];
  #aheadStart = 0;
  #aheadItems = 1;
  /** Of the entries passed, those whose work has been counted. */
  #counted = 0;
  /** Calls whose answer takes time, and the last of them. */
  #openCalls = 0;
  #lastCall: Promise<unknown> = DONE;

  constructor(iterator: VisibleIterator, { toItem, isReverse, limit, turns, owner }: ScanParts<Item>) {
    this.#iterator = iterator;
    this.#toItem = toItem;
    this.#isReverse = isReverse;
    this.#remaining = limit;
    this.#turns = turns;
    this.#owner = owner;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** True when nothing is left: the next call would say so. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.#openCalls > 0) return this.#later(() => this.#copyOne());
    if (this.#aheadStart === this.#ahead.length) {
      try {
        if (!this.#copyAhead()) return this.#later(() => this.#copyOne());
      } catch (error) {
        this.#end();
        return Promise.reject(asError(error));
      }
    }
    return Promise.resolve(this.#takeOne());
  }

  /** Ends the scan with the last of its entries, so that `isEnded` spares the call that finds nothing. */
  nextMany(itemsMax: number): Promise<Item[]> {
    try {
      checkCount(itemsMax);
      if (this.#openCalls > 0) return this.#later(() => this.#copyMany(itemsMax));
      const items = this.#takeAhead(itemsMax);
      if (items.length === 0 && !this.#copy(items, itemsMax, BATCH_BYTES_MAX)) {
        return this.#later(() => this.#copyMany(itemsMax));
      }
      this.#endIfLast();
      return Promise.resolve(items);
    } catch (error) {
      this.#end();
      return Promise.reject(asError(error));
    }
  }

  /** Ends the scan; what it held is given back when the calls that are open have their answers. */
  async return(): Promise<IteratorResult<Item>> {
    await this.#quiet();
    this.#end();
    return { done: true, value: undefined };
  }

  /** Ends the scan from outside. */
  async abort(reason: Error): Promise<void> {
    this.#failure = reason;
    this.#dropAhead();
    await this.#quiet();
    this.#end();
  }

  #later<T>(answer: () => Promise<T>): Promise<T> {
    this.#openCalls++;
    const answered = this.#answerAfter(this.#lastCall, answer);
    this.#lastCall = answered.catch(() => undefined);
    return answered;
  }

  async #answerAfter<T>(before: Promise<unknown>, answer: () => Promise<T>): Promise<T> {
    try {
      await before;
      return await answer();
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#openCalls--;
    }
  }

  async #quiet(): Promise<void> {
    while (this.#openCalls > 0) await this.#lastCall;
  }

  async #copyOne(): Promise<IteratorResult<Item>> {
    while (this.#aheadStart === this.#ahead.length && !this.#copyAhead()) await this.#loadMore();
    return this.#takeOne();
  }

  async #copyMany(itemsMax: number): Promise<Item[]> {
    const items = this.#takeAhead(itemsMax);
    while (items.length === 0 && !this.#copy(items, itemsMax, BATCH_BYTES_MAX)) await this.#loadMore();
    this.#endIfLast();
    return items;
  }

  /** What stands in the way of the next entry: others that wait for their turn, or a block that has to be loaded. */
  async #loadMore(): Promise<void> {
    if (this.#turns.isOver) await this.#turns.next();
    if (this.#failure === undefined && this.#iterator.state === CursorState.unloaded) await this.#iterator.load();
  }

  /** As `#copy`, for `next`: a few entries at first, and more each time. */
  #copyAhead(): boolean {
    const items: Item[] = [];
    const isDone = this.#copy(items, this.#aheadItems, AHEAD_BYTES_MAX);
    this.#aheadItems = Math.min(this.#aheadItems * 2, AHEAD_ITEMS_MAX);
    this.#ahead = items;
    this.#aheadStart = 0;
    return isDone;
  }

  /**
   * Appends entries up to `itemsMax` or `bytesMax`, as far as that needs no waiting and the turn lasts. False when there is
   * none now but may be one later: see `#loadMore`.
   */
  #copy(items: Item[], itemsMax: number, bytesMax: number): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#turns.isOver) return false;
    try {
      this.#copyInMemory(items, itemsMax, bytesMax);
    } catch (error) {
      if (items.length === 0) throw error;
      this.#failure = asError(error);
    }
    return items.length > 0 || this.#isClosed;
  }

  #copyInMemory(items: Item[], itemsMax: number, bytesMax: number): void {
    const iterator = this.#iterator;
    const toItem = this.#toItem;
    const countMax = Math.min(itemsMax, this.#remaining);
    if (!this.#isStarted) this.#start();
    let bytes = 0;
    while (items.length < countMax && bytes < bytesMax && iterator.state === CursorState.ready) {
      const { entry } = iterator;
      bytes += entry.keyEnd - entry.keyStart + entry.valueEnd - entry.valueStart;
      items.push(toItem(entry));
      this.#remaining--;
      if (this.#remaining === 0) break;
      if (this.#isReverse) iterator.previous();
      else iterator.next();
      if (iterator.passed - this.#counted < ENTRIES_A_COUNT) continue;
      this.#countPassed();
      if (this.#turns.isOver) break;
    }
    this.#countPassed();
    this.#turns.spend(bytes / BYTES_A_WORK);
    if (this.#remaining === 0 || iterator.state === CursorState.end) this.#close();
  }

  #start(): void {
    this.#isStarted = true;
    this.#turns.spend(WORK_A_SEEK);
    if (this.#remaining === 0) return;
    if (this.#isReverse) this.#iterator.seekToLast();
    else this.#iterator.seekToFirst();
  }

  #takeOne(): IteratorResult<Item> {
    if (this.#aheadStart < this.#ahead.length) return { done: false, value: this.#ahead[this.#aheadStart++]! };
    this.#end();
    return { done: true, value: undefined };
  }

  #takeAhead(itemsMax: number): Item[] {
    const items = this.#ahead.slice(this.#aheadStart, this.#aheadStart + itemsMax);
    this.#aheadStart += items.length;
    return items;
  }

  #dropAhead(): void {
    this.#ahead = [];
    this.#aheadStart = 0;
  }

  #countPassed(): void {
    const { passed } = this.#iterator;
    this.#turns.spend(passed - this.#counted);
    this.#counted = passed;
  }

  #endIfLast(): void {
    const isAllOut = this.#isClosed && this.#aheadStart === this.#ahead.length;
    if (isAllOut && this.#failure === undefined) this.#end();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#iterator.close();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#remaining = 0;
    this.#dropAhead();
    this.#close();
    this.#owner.scanEnded(this);
  }
}

function checkCount(itemsMax: number): void {
  if (Number.isSafeInteger(itemsMax) && itemsMax > 0) return;
  throw new CoreCacheError('INVALID_ARGUMENT', `a batch has a whole number of 1 or more entries, got ${itemsMax}`);
}

export interface ScanParts<Item> {
  readonly toItem: (entry: Entry) => Item;
  readonly isReverse: boolean;
  /** Most entries; `Infinity` for no limit. */
  readonly limit: number;
  readonly turns: ReadTurns;
  readonly owner: ScanOwner;
}

export function toPair(entry: Entry): [Uint8Array, Uint8Array] {
  const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd, valuePlace } = entry;
  if (valuePlace !== ValuePlace.inline) return pairOf(copyOf(keyBytes, keyStart, keyEnd), takeValue(entry));
  return copyOfPair(keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd);
}

export function toStoredEntry(entry: Entry): StoredEntry {
  return {
    key: copyOf(entry.keyBytes, entry.keyStart, entry.keyEnd),
    value: takeValue(entry),
    epoch: entry.epoch,
    sequence: entry.sequence,
    writtenAtMs: entry.writtenAtMs,
    expiresAtMs: entry.expiresAtMs,
    contentType: entry.contentType,
  };
}
