import { assert } from '../../base/assert.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import type { Arena } from './arena.js';

/** Over one sorted run of a memtable's entries. */
export class RunCursor implements Cursor {
  readonly entry = new Entry();
  state: CursorState = CursorState.end;
  readonly #arena: Arena;
  readonly #run: Uint32Array;
  #position = 0;

  constructor(arena: Arena, run: Uint32Array) {
    this.#arena = arena;
    this.#run = run;
  }

  seekToFirst(): void {
    this.#moveTo(0);
  }

  seekToLast(): void {
    this.#moveTo(this.#run.length - 1);
  }

  seek(key: Uint8Array): void {
    this.#moveTo(this.#firstAtOrAfter(key));
  }

  seekBefore(key: Uint8Array): void {
    this.#moveTo(this.#firstAtOrAfter(key) - 1);
  }

  next(): void {
    assert(this.state === CursorState.ready, 'next needs an entry');
    this.#moveTo(this.#position + 1);
  }

  previous(): void {
    assert(this.state === CursorState.ready, 'previous needs an entry');
    this.#moveTo(this.#position - 1);
  }

  load(): Promise<void> {
    return Promise.resolve();
  }

  loadSync(): void {
    // A memtable is in memory.
  }

  close(): void {
    this.state = CursorState.end;
  }

  #moveTo(position: number): void {
    this.#position = position;
    if (position < 0 || position >= this.#run.length) {
      this.state = CursorState.end;
      return;
    }
    this.#arena.show(this.#run[position]!, this.entry);
    this.state = CursorState.ready;
  }

  #firstAtOrAfter(key: Uint8Array): number {
    let low = 0;
    let high = this.#run.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#arena.compareKey(this.#run[middle]!, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
