import { assert } from '../../base/assert.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { BlockCache } from './block-cache.js';
import { TableHandle, type HandleOwner } from './table-handle.js';

export type { TableHandle };

export interface TableCacheOptions {
  readonly fileSystem: FileSystem;
  readonly blockCache: BlockCache;
  /** Tables open at one time. Those in use stay open, also beyond it. */
  readonly openTablesMax: number;
}

/**
 * Bounds the open tables of a process, for all trees: their number, and so the descriptors, here; their indexes and
 * filters by the block cache, in bytes. A table is opened by the first read that needs it, so that starting up costs
 * nothing a table, and closed when others need the room: the one opened longest ago that was not used since.
 */
export class TableCache implements HandleOwner {
  readonly fileSystem: FileSystem;
  readonly blockCache: BlockCache;
  readonly #openTablesMax: number;
  /** Oldest first. */
  readonly #open = new Set<TableHandle>();

  constructor(options: TableCacheOptions) {
    assert(options.openTablesMax > 0, 'a table must be open to be read');
    this.fileSystem = options.fileSystem;
    this.blockCache = options.blockCache;
    this.#openTablesMax = options.openTablesMax;
  }

  /** Stands for a table and opens nothing. Keep one for each table that lives. */
  handle(directory: string, fileNumber: FileNumber): TableHandle {
    return new TableHandle(this, directory, fileNumber);
  }

  get openCount(): number {
    return this.#open.size;
  }

  /** Closes every table. No read may be under way. */
  close(): void {
    for (const handle of this.#open) handle.retire();
  }

  /** For handles: one has opened its table. */
  opened(handle: TableHandle): void {
    this.#open.add(handle);
    for (let chances = 2 * this.#open.size; this.#open.size > this.#openTablesMax && chances > 0; chances--) {
      const [oldest] = this.#open;
      if (oldest === undefined) return;
      this.#open.delete(oldest);
      if (oldest.isInUse || oldest.takeReference()) this.#open.add(oldest);
      else oldest.retire();
    }
  }

  /** For handles: one has closed its table. */
  closed(handle: TableHandle): void {
    this.#open.delete(handle);
  }
}
