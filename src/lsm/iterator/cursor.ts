import type { Entry } from '../entry.js';

/**
 * Where a cursor stands.
 *  - `end`: before the first or after the last entry; only a seek helps.
 *  - `ready`: `entry` shows the entry under the cursor.
 *  - `unloaded`: the move is done, but the block it leads to has to be loaded: call `load` or `loadSync` before
 *    anything else. It may then be `ready` or `end`.
 */
export const CursorState = { end: 0, ready: 1, unloaded: 2 } as const;
export type CursorState = (typeof CursorState)[keyof typeof CursorState];

/**
 * A position among entries in (key ascending, sequence descending) order, over a memtable, a table, a run of tables or a
 * merge of them. All versions are shown; what a reader at a given sequence may see is decided above.
 *
 * Moves never wait. A move that needs a block from disk leaves the cursor `unloaded`, and the caller chooses how to
 * wait: `load` off the event loop, `loadSync` in worker threads and in synchronous reads. So one implementation serves
 * both and a move over data in memory costs no promise.
 *
 * A failed load throws and leaves the cursor `unloaded`; loading may be tried again. So may a move throw, for a block is read
 * in it where its file answers at once; a cursor over several others is then good for nothing but closing.
 */
export interface Cursor {
  readonly state: CursorState;
  /** Valid while `ready`, until the next move. */
  readonly entry: Entry;
  seekToFirst(): void;
  seekToLast(): void;
  /** To the newest version of the first key at or after `key`. */
  seek(key: Uint8Array): void;
  /** To the oldest version of the last key before `key`. */
  seekBefore(key: Uint8Array): void;
  /** Needs `ready`. */
  next(): void;
  /** Needs `ready`. */
  previous(): void;
  load(): Promise<void>;
  loadSync(): void;
  /** Gives back what it holds (blocks, table references). Once only. */
  close(): void;
}
