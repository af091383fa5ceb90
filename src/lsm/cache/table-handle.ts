import { assert } from '../../base/assert.js';
import type { FileSystem } from '../../env/file-system.js';
import type { BlockCache } from './block-cache.js';
import type { FileNumber } from '../../base/numbers.js';
import type { Cursor } from '../iterator/cursor.js';
import type { Walk } from '../iterator/walk.js';
import { Table } from '../sstable/table.js';
import { verifyTable } from '../sstable/verify-table.js';
import type { ValueCheck } from '../value-file/verify-values.js';
import { CacheEntry } from './cache-entry.js';
import { HandleCursor, type LazyTable } from './handle-cursor.js';
import { OpenTableCursor } from './open-table-cursor.js';

/** The cache that a handle belongs to, as much of it as the handle needs. */
export interface HandleOwner {
  readonly fileSystem: FileSystem;
  readonly blockCache: BlockCache;
  opened(handle: TableHandle): void;
  closed(handle: TableHandle): void;
}

/**
 * One table, open or not. Reads open it when needed; the caches close it when it is not in use and others need the room.
 * In use it is from the start to the end of an asynchronous read, and under a cursor until that is closed: from its making
 * when it is open by then, else from the first move.
 */
export class TableHandle implements LazyTable {
  readonly directory: string;
  readonly fileNumber: FileNumber;
  readonly #cache: HandleOwner;
  #open: OpenTable | undefined = undefined;
  #opening: Promise<Table> | undefined = undefined;
  #users = 0;

  constructor(cache: HandleOwner, directory: string, fileNumber: FileNumber) {
    this.#cache = cache;
    this.directory = directory;
    this.fileNumber = fileNumber;
  }

  get isInUse(): boolean {
    return this.#users > 0;
  }

  /** The table when it is open. */
  get table(): Table | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    open.isReferenced = true;
    return open.table;
  }

  /**
   * Over the keys of `walk` at the least: a walk out of it may end early. Its first move may find the table closed and
   * then leave it `unloaded`.
   */
  cursor(walk?: Walk): Cursor {
    const { table } = this;
    return table === undefined ? new HandleCursor(this, walk) : new OpenTableCursor(table, this, walk);
  }

  /**
   * Reads all of it, and with `values` all that it refers to.
   * @returns the number of entries
   * @throws CoreCacheError `CORRUPTION` with file and, where one is known, offset; or of the file system
   */
  async verify(values?: ValueCheck): Promise<number> {
    this.use();
    try {
      return await verifyTable(await this.open(), values);
    } finally {
      this.release();
    }
  }

  /** Closes the table and forgets its blocks: before its files are removed. No read may be under way. */
  retire(): void {
    assert(!this.isInUse, 'a table in use stays open');
    if (this.#open !== undefined) this.#cache.blockCache.remove(this.#open);
    this.#close();
  }

  /** Keeps the table open, once opened, until `release`. */
  use(): void {
    this.#users++;
  }

  release(): void {
    assert(this.#users > 0, 'released as often as used');
    this.#users--;
  }

  /** Only while in use: shared by all who ask before it is there. */
  open(): Promise<Table> {
    const table = this.table;
    if (table !== undefined) return Promise.resolve(table);
    this.#opening ??= Table.open(this.#cache.fileSystem, this.directory, this.fileNumber, this.#cache.blockCache)
      .then((opened) => this.#keep(opened))
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  /** Only while in use. */
  openSync(): Table {
    const { fileSystem, blockCache } = this.#cache;
    return this.table ?? this.#keep(Table.openSync(fileSystem, this.directory, this.fileNumber, blockCache));
  }

  /** For the table cache: whether it was used since this was last asked. */
  takeReference(): boolean {
    const isReferenced = this.#open?.isReferenced === true;
    if (this.#open !== undefined) this.#open.isReferenced = false;
    return isReferenced;
  }

  #keep(table: Table): Table {
    assert(this.isInUse, 'a table is opened for someone');
    const present = this.table;
    if (present !== undefined) {
      // A synchronous read was faster than this asynchronous opening.
      table.closeSync();
      return present;
    }
    this.#open = new OpenTable(table, () => this.#evict());
    this.#cache.blockCache.insert(this.#open);
    this.#cache.opened(this);
    return table;
  }

  #evict(): boolean {
    if (this.isInUse) return false;
    this.#close();
    return true;
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#cache.closed(this);
    open.table.closeSync();
  }
}

/** What an open table takes of the block cache besides its blocks. */
class OpenTable extends CacheEntry {
  readonly table: Table;
  readonly #evict: () => boolean;

  constructor(table: Table, evict: () => boolean) {
    super(table.memoryBytes);
    this.table = table;
    this.#evict = evict;
  }

  override evict(): boolean {
    return this.#evict();
  }
}
