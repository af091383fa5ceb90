import { assert } from '../../base/assert.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';

/**
 * Over a memtable whose order is still being made. The first move remembers where it wanted to go and leaves the cursor
 * `unloaded`; each load does one step of the work, so that the caller's loop of loads can let other work in between.
 */
export class UnsortedCursor implements Cursor {
  /** Does one step; the cursor over the order when that was the last. */
  readonly #step: () => Cursor | undefined;
  #cursor: Cursor | undefined = undefined;
  #move: ((cursor: Cursor) => void) | undefined = undefined;

  constructor(step: () => Cursor | undefined) {
    this.#step = step;
  }

  get state(): CursorState {
    if (this.#move !== undefined) return CursorState.unloaded;
    return this.#cursor === undefined ? CursorState.end : this.#cursor.state;
  }

  get entry(): Entry {
    return this.#cursor === undefined ? NO_ENTRY : this.#cursor.entry;
  }

  seekToFirst(): void {
    this.#start((cursor) => cursor.seekToFirst());
  }

  seekToLast(): void {
    this.#start((cursor) => cursor.seekToLast());
  }

  seek(key: Uint8Array): void {
    this.#start((cursor) => cursor.seek(key));
  }

  seekBefore(key: Uint8Array): void {
    this.#start((cursor) => cursor.seekBefore(key));
  }

  next(): void {
    assert(this.#cursor !== undefined, 'next needs an entry');
    this.#cursor.next();
  }

  previous(): void {
    assert(this.#cursor !== undefined, 'previous needs an entry');
    this.#cursor.previous();
  }

  load(): Promise<void> {
    this.#advance();
    return Promise.resolve();
  }

  loadSync(): void {
    while (this.#move !== undefined) this.#advance();
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#move = undefined;
  }

  #start(move: (cursor: Cursor) => void): void {
    if (this.#cursor === undefined) this.#move = move;
    else move(this.#cursor);
  }

  #advance(): void {
    if (this.#move === undefined) return;
    this.#cursor = this.#step();
    if (this.#cursor === undefined) return;
    this.#move(this.#cursor);
    this.#move = undefined;
  }
}

const NO_ENTRY = new Entry();
