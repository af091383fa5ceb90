import { assert } from '../../base/assert.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from '../iterator/cursor.js';

/** A table that may have to be opened, and the promise to give it back. */
export interface LazyTable {
  /** What there is when it is open. */
  readonly table: CursorSource | undefined;
  open(): Promise<CursorSource>;
  openSync(): CursorSource;
  use(): void;
  release(): void;
}

export interface CursorSource {
  cursor(): Cursor;
}

/**
 * Over a table that may not be open yet. The first move remembers where it wanted to go and, unless the table is open,
 * leaves the cursor `unloaded`; loading opens the table and moves. From then on it is the table's own cursor.
 */
export class HandleCursor implements Cursor {
  readonly #handle: LazyTable;
  #cursor: Cursor | undefined = undefined;
  #move: ((cursor: Cursor) => void) | undefined = undefined;
  #isUsing = false;

  constructor(handle: LazyTable) {
    this.#handle = handle;
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

  async load(): Promise<void> {
    // A use of its own: the cursor may be closed while this is under way.
    this.#handle.use();
    try {
      if (this.#cursor === undefined) this.#attach(await this.#handle.open());
      await this.#cursor?.load();
    } finally {
      this.#handle.release();
    }
  }

  loadSync(): void {
    if (this.#cursor === undefined) this.#attach(this.#handle.openSync());
    this.#cursor?.loadSync();
  }

  close(): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#move = undefined;
    if (this.#isUsing) this.#handle.release();
    this.#isUsing = false;
  }

  #start(move: (cursor: Cursor) => void): void {
    if (!this.#isUsing) this.#handle.use();
    this.#isUsing = true;
    if (this.#cursor !== undefined) {
      move(this.#cursor);
      return;
    }
    this.#move = move;
    const { table } = this.#handle;
    if (table !== undefined) this.#attach(table);
  }

  #attach(table: CursorSource): void {
    // Closed while the table was being opened: nobody is there to move.
    if (!this.#isUsing || this.#move === undefined) return;
    this.#cursor = table.cursor();
    this.#move(this.#cursor);
    this.#move = undefined;
  }
}

const NO_ENTRY = new Entry();
