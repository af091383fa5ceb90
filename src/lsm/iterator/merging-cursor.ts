import { assert } from '../../base/assert.js';
import { compareRanges, copyOf, emptyBytes } from '../../base/bytes.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from './cursor.js';
import { Tournament } from './tournament.js';

/**
 * Several cursors as one. A tournament finds the child with the next entry.
 *
 * Moving on moves that child alone, as all others already stand beyond it. When the direction changes they stand on the
 * wrong side, so each is sought anew around the entry shown last: to the first of its key (forward) or to the last at or
 * before its key (backward), and then past that entry itself. Any of these steps may need a block; so the steps are
 * written as work to be taken up again: `#settle` moves every child that is not yet beyond the `#turn` entry as far as
 * memory allows, and once all are there begins the tournament anew.
 */
export class MergingCursor implements Cursor {
  state: CursorState = CursorState.end;
  /** Of the winner. */
  entry = new Entry();
  readonly #children: readonly Cursor[];
  readonly #tournament: Tournament;
  #isForward = true;
  /** All others are at their end, and stay there: nobody is left to compare with. */
  #isAlone = false;
  /** While the direction changes: the entry that every child must get past. */
  #turnKey: Uint8Array | undefined = undefined;
  #turnSequence = 0;
  #turnChild = 0;

  constructor(children: readonly Cursor[]) {
    this.#children = children;
    this.#tournament = new Tournament(children);
  }

  seekToFirst(): void {
    for (const child of this.#children) child.seekToFirst();
    this.#begin(true);
  }

  seekToLast(): void {
    for (const child of this.#children) child.seekToLast();
    this.#begin(false);
  }

  seek(key: Uint8Array): void {
    for (const child of this.#children) child.seek(key);
    this.#begin(true);
  }

  seekBefore(key: Uint8Array): void {
    for (const child of this.#children) child.seekBefore(key);
    this.#begin(false);
  }

  next(): void {
    assert(this.state === CursorState.ready, 'next needs an entry');
    if (!this.#isForward) {
      this.#turn(true);
      return;
    }
    const child = this.#children[this.#tournament.winner]!;
    if (!this.#isAlone) this.#tournament.beforeMove(this.entry);
    child.next();
    this.#moved(child);
  }

  previous(): void {
    assert(this.state === CursorState.ready, 'previous needs an entry');
    if (this.#isForward) {
      this.#turn(false);
      return;
    }
    const child = this.#children[this.#tournament.winner]!;
    if (!this.#isAlone) this.#tournament.beforeMove(this.entry);
    child.previous();
    this.#moved(child);
  }

  async load(): Promise<void> {
    const unloaded = this.#children.filter((child) => child.state === CursorState.unloaded);
    // All of them, also when one fails: when this ends, no read of a child's files is under way any more.
    const loads = await Promise.allSettled(unloaded.map((child) => child.load()));
    const failed = loads.find((load) => load.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.#settle();
  }

  loadSync(): void {
    for (const child of this.#children) if (child.state === CursorState.unloaded) child.loadSync();
    this.#settle();
  }

  close(): void {
    this.state = CursorState.end;
    for (const child of this.#children) child.close();
  }

  #begin(isForward: boolean): void {
    this.#isForward = isForward;
    this.#turnKey = undefined;
    this.#settle();
  }

  #turn(isForward: boolean): void {
    this.#turnChild = this.#tournament.winner;
    const { keyBytes, keyStart, keyEnd, sequence } = this.entry;
    const key = copyOf(keyBytes, keyStart, keyEnd);
    this.#turnKey = key;
    this.#turnSequence = sequence;
    this.#isForward = isForward;
    const after = isForward ? emptyBytes() : Buffer.concat([key, ZERO_BYTE]);
    this.#children.forEach((child, number) => {
      if (number === this.#turnChild) return;
      if (isForward) child.seek(key);
      else child.seekBefore(after);
    });
    this.#settle();
  }

  #moved(child: Cursor): void {
    if (this.#isAlone || child.state === CursorState.unloaded) this.#showChild(child);
    else if (child.state === CursorState.end) this.#settle();
    else {
      this.#tournament.afterMove();
      this.#show();
    }
  }

  #settle(): void {
    let isUnloaded = false;
    let live = 0;
    for (let number = 0; number < this.#children.length; number++) {
      const child = this.#children[number]!;
      if (this.#turnKey !== undefined) this.#passTurn(child, number, this.#turnKey);
      if (child.state === CursorState.unloaded) isUnloaded = true;
      if (child.state !== CursorState.end) live++;
    }
    if (isUnloaded) {
      this.state = CursorState.unloaded;
      return;
    }
    this.#turnKey = undefined;
    this.#isAlone = live <= 1;
    this.#tournament.begin(this.#isForward);
    this.#show();
  }

  #show(): void {
    const winner = this.#children[this.#tournament.winner];
    if (winner === undefined) this.state = CursorState.end;
    else this.#showChild(winner);
  }

  /** What the child knows of its key (`keyShared`) holds here: the entry shown before lies between two of the child's. */
  #showChild({ state, entry }: Cursor): void {
    this.state = state;
    this.entry = entry;
  }

  #passTurn(child: Cursor, number: number, key: Uint8Array): void {
    while (child.state === CursorState.ready) {
      const { keyBytes, keyStart, keyEnd, sequence } = child.entry;
      const order =
        compareRanges(keyBytes, keyStart, keyEnd, key, 0, key.length) ||
        this.#turnSequence - sequence ||
        number - this.#turnChild;
      if (this.#isForward) {
        if (order > 0) return;
        child.next();
      } else {
        if (order < 0) return;
        child.previous();
      }
    }
  }
}

const ZERO_BYTE = Uint8Array.of(0);
