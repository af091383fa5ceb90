import type { Cursor } from '../iterator/cursor.js';
import { DeferredCursor } from '../iterator/deferred-cursor.js';
import type { Walk } from '../iterator/walk.js';
import type { TableUse } from './open-table-cursor.js';

/** A table that may have to be opened, and the promise to give it back. */
export interface LazyTable extends TableUse {
  /** What there is when it is open. */
  readonly table: CursorSource | undefined;
  open(): Promise<CursorSource>;
  openSync(): CursorSource;
}

export interface CursorSource {
  cursor(walk?: Walk): Cursor;
}

/** Over a table that may not be open yet: the first load opens it. Holds the table in use from its first move to `close`. */
export class HandleCursor extends DeferredCursor {
  readonly #handle: LazyTable;
  readonly #walk: Walk | undefined;
  #isUsing = false;

  constructor(handle: LazyTable, walk: Walk | undefined) {
    super();
    this.#handle = handle;
    this.#walk = walk;
  }

  async load(): Promise<void> {
    // A use of its own: the cursor may be closed while this is under way.
    this.#handle.use();
    try {
      if (this.cursor === undefined) this.#open(await this.#handle.open());
      await this.cursor?.load();
      this.loaded();
    } finally {
      this.#handle.release();
    }
  }

  loadSync(): void {
    if (this.cursor === undefined) this.#open(this.#handle.openSync());
    this.cursor?.loadSync();
    this.loaded();
  }

  override close(): void {
    super.close();
    if (this.#isUsing) this.#handle.release();
    this.#isUsing = false;
  }

  protected override start(move: (cursor: Cursor) => void): void {
    if (!this.#isUsing) this.#handle.use();
    this.#isUsing = true;
    super.start(move);
    const { table } = this.#handle;
    if (table !== undefined) this.#open(table);
  }

  #open(table: CursorSource): void {
    if (this.isDeferred) this.attach(table.cursor(this.#walk));
  }
}
