import { assert } from '../../base/assert.js';
import { Entry } from '../entry.js';
import { CursorState, type Cursor } from './cursor.js';

const NO_ENTRY = new Entry();

/**
 * Stands for a cursor that cannot be made yet. The first move remembers where it wanted to go and leaves this `unloaded`;
 * when loading has made the cursor, the move is done, and from then on this is that cursor.
 */
export abstract class DeferredCursor implements Cursor {
  state: CursorState = CursorState.end;
  entry = NO_ENTRY;
  #cursor: Cursor | undefined = undefined;
  #move: ((cursor: Cursor) => void) | undefined = undefined;

  seekToFirst(): void {
    this.start((cursor) => cursor.seekToFirst());
  }

  seekToLast(): void {
    this.start((cursor) => cursor.seekToLast());
  }

  seek(key: Uint8Array): void {
    this.start((cursor) => cursor.seek(key));
  }

  seekBefore(key: Uint8Array): void {
    this.start((cursor) => cursor.seekBefore(key));
  }

  next(): void {
    assert(this.#cursor !== undefined, 'next needs an entry');
    this.#cursor.next();
    this.#show(this.#cursor);
  }

  previous(): void {
    assert(this.#cursor !== undefined, 'previous needs an entry');
    this.#cursor.previous();
    this.#show(this.#cursor);
  }

  abstract load(): Promise<void>;

  abstract loadSync(): void;

  close(): void {
    this.#cursor?.close();
    this.#cursor = undefined;
    this.#move = undefined;
    this.state = CursorState.end;
  }

  /** The cursor, once it is made and until this is closed. */
  protected get cursor(): Cursor | undefined {
    return this.#cursor;
  }

  /** True from the first move until the cursor is made, or this is closed: then nobody is there to move. */
  protected get isDeferred(): boolean {
    return this.#move !== undefined;
  }

  protected start(move: (cursor: Cursor) => void): void {
    if (this.#cursor === undefined) {
      this.#move = move;
      this.state = CursorState.unloaded;
    } else {
      move(this.#cursor);
      this.#show(this.#cursor);
    }
  }

  /** Hands in the cursor, and does the move that waited for it. */
  protected attach(cursor: Cursor): void {
    assert(this.#move !== undefined, 'a cursor is made for a move that waits');
    this.#cursor = cursor;
    this.#move(cursor);
    this.#move = undefined;
    this.#show(cursor);
  }

  /** After the cursor, once made, was loaded. */
  protected loaded(): void {
    if (this.#cursor !== undefined) this.#show(this.#cursor);
  }

  /** Kept here, not asked for: a merge looks at both several times for each move. */
  #show({ state, entry }: Cursor): void {
    this.state = state;
    this.entry = entry;
  }
}
