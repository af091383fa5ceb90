import { asError } from '../as-error.js';
import { copyOf } from '../../base/bytes.js';
import type { Clock } from '../../env/clock.js';
import type { Entry } from '../../lsm/entry.js';
import { CursorState } from '../../lsm/iterator/cursor.js';
import type { VisibleIterator } from '../../lsm/iterator/visible-iterator.js';
import type { StoredEntry } from '../operations.js';

/** Entries between two looks at the clock. */
const ENTRIES_A_LOOK = 256;
/** A scan over data in memory lets other work of the process in after this long. */
const TURN_MS_MAX = 5;
const DONE: Promise<unknown> = Promise.resolve();

/** Who is told that a scan holds nothing any more. */
export interface ScanOwner {
  scanEnded(scan: Scan<unknown>): void;
}

/**
 * A walk over what one moment of the database shows, copied out entry by entry. It holds tables and memtables until it
 * has ended: by its last entry, its limit, `return`, an error, or the closing of the database.
 *
 * `next` answers with a promise that is resolved already when the entry is in memory; when its block is not, it is loaded
 * off the event loop. Calls of `next` that overlap are answered in their order.
 */
export class Scan<Item> implements AsyncIterableIterator<Item> {
  readonly #iterator: VisibleIterator;
  readonly #toItem: (entry: Entry) => Item;
  readonly #isReverse: boolean;
  readonly #clock: Clock;
  readonly #owner: ScanOwner;
  #remaining: number;
  #isStarted = false;
  #isEnded = false;
  /** Why it was ended from outside; every later `next` answers with it. */
  #failure: Error | undefined = undefined;
  /** Calls whose answer takes time, and the last of them. */
  #openCalls = 0;
  #lastCall: Promise<unknown> = DONE;
  #entriesToLook = ENTRIES_A_LOOK;
  #turnStartedMs: number;

  constructor(iterator: VisibleIterator, { toItem, isReverse, limit, clock, owner }: ScanParts<Item>) {
    this.#iterator = iterator;
    this.#toItem = toItem;
    this.#isReverse = isReverse;
    this.#remaining = limit;
    this.#clock = clock;
    this.#owner = owner;
    this.#turnStartedMs = clock.monotonic();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.#openCalls > 0) return this.#later(this.#lastCall, false);
    try {
      if (--this.#entriesToLook <= 0 && this.#isTurnOver()) return this.#later(this.#clock.nextTurn(), false);
      if (!this.#begin()) return Promise.resolve({ done: true, value: undefined });
      if (this.#iterator.state === CursorState.unloaded) return this.#later(DONE, true);
      return Promise.resolve(this.#take());
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
    await this.#quiet();
    this.#end();
  }

  #later(before: Promise<unknown>, isMoved: boolean): Promise<IteratorResult<Item>> {
    const answer = this.#answerAfter(before, isMoved);
    this.#lastCall = answer.catch(() => undefined);
    return answer;
  }

  async #answerAfter(before: Promise<unknown>, isMoved: boolean): Promise<IteratorResult<Item>> {
    this.#openCalls++;
    try {
      await before;
      if (!isMoved && !this.#begin()) return { done: true, value: undefined };
      while (this.#iterator.state === CursorState.unloaded) {
        await this.#iterator.load();
        if (this.#isTurnOver()) await this.#clock.nextTurn();
        if (this.#failure !== undefined) throw this.#failure;
      }
      return this.#take();
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

  /** Moves on; false when there is nowhere to go. */
  #begin(): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#remaining <= 0) this.#end();
    if (this.#isEnded) return false;
    this.#move();
    return true;
  }

  #move(): void {
    const iterator = this.#iterator;
    if (this.#isStarted) {
      if (this.#isReverse) iterator.previous();
      else iterator.next();
    } else {
      this.#isStarted = true;
      if (this.#isReverse) iterator.seekToLast();
      else iterator.seekToFirst();
    }
  }

  #take(): IteratorResult<Item> {
    if (this.#iterator.state === CursorState.end) {
      this.#end();
      return { done: true, value: undefined };
    }
    this.#remaining--;
    return { done: false, value: this.#toItem(this.#iterator.entry) };
  }

  #isTurnOver(): boolean {
    this.#entriesToLook = ENTRIES_A_LOOK;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#turnStartedMs <= TURN_MS_MAX) return false;
    this.#turnStartedMs = nowMs;
    return true;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#iterator.close();
    this.#owner.scanEnded(this);
  }
}

export interface ScanParts<Item> {
  readonly toItem: (entry: Entry) => Item;
  readonly isReverse: boolean;
  /** Most entries; `Infinity` for no limit. */
  readonly limit: number;
  readonly clock: Clock;
  readonly owner: ScanOwner;
}

export function toPair(entry: Entry): [Uint8Array, Uint8Array] {
  return [
    copyOf(entry.keyBytes, entry.keyStart, entry.keyEnd),
    copyOf(entry.valueBytes, entry.valueStart, entry.valueEnd),
  ];
}

export function toStoredEntry(entry: Entry): StoredEntry {
  return {
    key: copyOf(entry.keyBytes, entry.keyStart, entry.keyEnd),
    value: copyOf(entry.valueBytes, entry.valueStart, entry.valueEnd),
    epoch: entry.epoch,
    sequence: entry.sequence,
    writtenAtMs: entry.writtenAtMs,
    expiresAtMs: entry.expiresAtMs,
    contentType: entry.contentType,
  };
}
