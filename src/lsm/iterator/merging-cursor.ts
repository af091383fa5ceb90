import { assert } from '../../base/assert.js';
import { compareRanges, copyOf, emptyBytes } from '../../base/bytes.js';
import type { Entry } from '../entry.js';
import { CursorState, type Cursor } from './cursor.js';

/**
 * Several cursors as one. The children that have an entry stand in a heap, the one to show on top.
 *
 * Moving on moves the top child alone, as all others already stand beyond it. When the direction changes they stand on the
 * wrong side, so each is sought anew around the entry shown last: to the first of its key (forward) or to the last at or
 * before its key (backward), and then past that entry itself. Any of these steps may need a block; so the steps are
 * written as work to be taken up again: `#settle` moves every child that is not yet beyond the `#turn` entry as far as
 * memory allows, and once all are there builds the heap.
 *
 * Of equal (key, sequence), which a source and its copy can both hold, that of the earlier child comes first.
 */
export class MergingCursor implements Cursor {
  state: CursorState = CursorState.end;
  readonly #children: readonly Cursor[];
  /** Numbers of the ready children: a binary heap in the present direction. */
  readonly #heap: Int32Array;
  #heapSize = 0;
  #isForward = true;
  /** While the direction changes: the entry that every child must get past. */
  #turnKey: Uint8Array | undefined = undefined;
  #turnSequence = 0;
  #turnChild = 0;

  constructor(children: readonly Cursor[]) {
    this.#children = children;
    this.#heap = new Int32Array(children.length);
  }

  get entry(): Entry {
    assert(this.state === CursorState.ready, 'no entry to show');
    return this.#children[this.#heap[0]!]!.entry;
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
    const top = this.#children[this.#heap[0]!]!;
    top.next();
    this.#topMoved(top);
  }

  previous(): void {
    assert(this.state === CursorState.ready, 'previous needs an entry');
    if (this.#isForward) {
      this.#turn(false);
      return;
    }
    const top = this.#children[this.#heap[0]!]!;
    top.previous();
    this.#topMoved(top);
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
    this.#turnChild = this.#heap[0]!;
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

  #settle(): void {
    let isUnloaded = false;
    for (let number = 0; number < this.#children.length; number++) {
      const child = this.#children[number]!;
      if (this.#turnKey !== undefined) this.#passTurn(child, number, this.#turnKey);
      if (child.state === CursorState.unloaded) isUnloaded = true;
    }
    if (isUnloaded) {
      this.state = CursorState.unloaded;
      return;
    }
    this.#turnKey = undefined;
    this.#heapSize = 0;
    for (let number = 0; number < this.#children.length; number++) {
      if (this.#children[number]!.state === CursorState.ready) this.#heap[this.#heapSize++] = number;
    }
    for (let i = (this.#heapSize >>> 1) - 1; i >= 0; i--) this.#siftDown(i);
    this.state = this.#heapSize === 0 ? CursorState.end : CursorState.ready;
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

  #topMoved(top: Cursor): void {
    if (top.state === CursorState.unloaded) {
      this.state = CursorState.unloaded;
      return;
    }
    if (top.state === CursorState.end) {
      this.#heapSize--;
      if (this.#heapSize === 0) {
        this.state = CursorState.end;
        return;
      }
      this.#heap[0] = this.#heap[this.#heapSize]!;
    }
    this.#siftDown(0);
  }

  #siftDown(start: number): void {
    const heap = this.#heap;
    const size = this.#heapSize;
    const moving = heap[start]!;
    let at = start;
    for (let below = 2 * at + 1; below < size; below = 2 * at + 1) {
      if (below + 1 < size && this.#isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (!this.#isBefore(heap[below]!, moving)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = moving;
  }

  #isBefore(a: number, b: number): boolean {
    const x = this.#children[a]!.entry;
    const y = this.#children[b]!.entry;
    const order =
      compareRanges(x.keyBytes, x.keyStart, x.keyEnd, y.keyBytes, y.keyStart, y.keyEnd) ||
      y.sequence - x.sequence ||
      a - b;
    return this.#isForward ? order < 0 : order > 0;
  }
}

const ZERO_BYTE = Uint8Array.of(0);
