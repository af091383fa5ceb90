import { assert } from '../../base/assert.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';
import type { Arena } from './arena.js';
import type { SortedRun } from './sorted-run.js';

/** Over one sorted run of a memtable's entries. */
export class RunCursor implements Cursor {
  readonly entry = new Entry();
  state: CursorState = CursorState.end;
  readonly #arena: Arena;
  readonly #run: SortedRun;
  readonly #entries: Uint32Array;
  #position = 0;

  constructor(arena: Arena, run: SortedRun) {
    this.#arena = arena;
    this.#run = run;
    this.#entries = run.entries;
  }

  seekToFirst(): void {
    this.#moveTo(0);
  }

  seekToLast(): void {
    this.#moveTo(this.#entries.length - 1);
  }

  seek(key: Uint8Array): void {
    this.#moveTo(this.#run.firstAtOrAfter(key));
  }

  seekBefore(key: Uint8Array): void {
    this.#moveTo(this.#run.firstAtOrAfter(key) - 1);
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
    if (position < 0 || position >= this.#entries.length) {
      this.state = CursorState.end;
      return;
    }
    this.#arena.show(this.#entries[position]!, this.entry);
    this.state = CursorState.ready;
  }
}
