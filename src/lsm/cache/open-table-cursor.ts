import type { Walk } from '../iterator/walk.js';
import type { TableSource } from '../sstable/read/table-source.js';
import { TableCursor } from '../sstable/read/table-cursor.js';

/** Who keeps a table open as long as it is in use. */
export interface TableUse {
  use(): void;
  release(): void;
}

/** Over a table that is open, as it is mostly: in use until `close`, and without a layer between. */
export class OpenTableCursor extends TableCursor {
  readonly #use: TableUse;

  constructor(table: TableSource, use: TableUse, walk: Walk | undefined) {
    super(table, walk);
    this.#use = use;
    use.use();
  }

  /** A use of its own, as that of `HandleCursor`. */
  override async load(): Promise<void> {
    this.#use.use();
    try {
      await super.load();
    } finally {
      this.#use.release();
    }
  }

  override close(): void {
    super.close();
    this.#use.release();
  }
}
