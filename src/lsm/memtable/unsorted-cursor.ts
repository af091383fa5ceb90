import type { Cursor } from '../iterator/cursor.js';
import { DeferredCursor } from '../iterator/deferred-cursor.js';

/**
 * Over a memtable whose order is still being made. Each load does one step of the work, so that the caller's loop of loads
 * can let other work in between.
 */
export class UnsortedCursor extends DeferredCursor {
  /** Does one step; the cursor over the order when that was the last. */
  readonly #step: () => Cursor | undefined;

  constructor(step: () => Cursor | undefined) {
    super();
    this.#step = step;
  }

  load(): Promise<void> {
    this.#advance();
    return Promise.resolve();
  }

  loadSync(): void {
    while (this.isDeferred) this.#advance();
  }

  #advance(): void {
    if (!this.isDeferred) return;
    const cursor = this.#step();
    if (cursor !== undefined) this.attach(cursor);
  }
}
