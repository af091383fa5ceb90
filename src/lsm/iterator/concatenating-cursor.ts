import { assert } from '../../base/assert.js';
import { compareBytes } from '../../base/bytes.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from './cursor.js';
import type { Walk } from './walk.js';

const NO_ENTRY = new Entry();

/** A table of a sorted run, as much of it as `ConcatenatingCursor` needs. */
export interface RunMember {
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  /** Over the keys of `walk` at the least: a walk out of it may end early. */
  cursor(walk?: Walk): Cursor;
}

/** A sorted run: members in key order that share no key. Only the member under the cursor is open. */
export class ConcatenatingCursor implements Cursor {
  state: CursorState = CursorState.end;
  entry = NO_ENTRY;
  readonly #members: readonly RunMember[];
  readonly #walk: Walk | undefined;
  #member = -1;
  #current: Cursor | undefined = undefined;
  /** Where to go on when the member under the cursor turns out to have nothing (more) this way. */
  #isForward = true;

  /** Of keys beyond `walk` it need not show all. */
  constructor(members: readonly RunMember[], walk?: Walk) {
    this.#members = members;
    this.#walk = walk;
  }

  seekToFirst(): void {
    this.#isForward = true;
    this.#open(0)?.seekToFirst();
    this.#settle();
  }

  seekToLast(): void {
    this.#isForward = false;
    this.#open(this.#members.length - 1)?.seekToLast();
    this.#settle();
  }

  seek(key: Uint8Array): void {
    this.#isForward = true;
    this.#open(this.#firstEndingAtOrAfter(key))?.seek(key);
    this.#settle();
  }

  seekBefore(key: Uint8Array): void {
    this.#isForward = false;
    const member = this.#firstEndingAtOrAfter(key);
    const startsBefore = member < this.#members.length && compareBytes(this.#members[member]!.firstKey, key) < 0;
    this.#open(startsBefore ? member : member - 1)?.seekBefore(key);
    this.#settle();
  }

  next(): void {
    assert(this.#current?.state === CursorState.ready, 'next needs an entry');
    this.#isForward = true;
    this.#current.next();
    this.#settle();
  }

  previous(): void {
    assert(this.#current?.state === CursorState.ready, 'previous needs an entry');
    this.#isForward = false;
    this.#current.previous();
    this.#settle();
  }

  async load(): Promise<void> {
    await this.#current?.load();
    this.#settle();
  }

  loadSync(): void {
    this.#current?.loadSync();
    this.#settle();
  }

  close(): void {
    this.#open(-1);
    this.state = CursorState.end;
  }

  /** Goes on to the neighbour while the present member is at its end. */
  #settle(): void {
    while (this.#current?.state === CursorState.end) {
      const neighbour = this.#open(this.#member + (this.#isForward ? 1 : -1));
      if (this.#isForward) neighbour?.seekToFirst();
      else neighbour?.seekToLast();
    }
    const current = this.#current;
    this.state = current === undefined ? CursorState.end : current.state;
    if (current !== undefined) this.entry = current.entry;
  }

  #open(member: number): Cursor | undefined {
    if (member === this.#member) return this.#current;
    this.#current?.close();
    const found = this.#members[member];
    this.#member = found === undefined ? -1 : member;
    this.#current = found?.cursor(this.#walk);
    return this.#current;
  }

  #firstEndingAtOrAfter(key: Uint8Array): number {
    let low = 0;
    let high = this.#members.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.#members[middle]!.lastKey, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
