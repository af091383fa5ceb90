import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { RowCache } from '../../../src/lsm/cache/row-cache.js';
import { hashKey } from '../../../src/base/hash.js';
import type { TableHandle } from '../../../src/lsm/cache/table-handle.js';
import type { Block } from '../../../src/lsm/sstable/block/block.js';
import type { BlockRun } from '../../../src/lsm/sstable/read/table-source.js';
import { FindState } from '../../../src/lsm/sstable/read/find-state.js';
import type { Table } from '../../../src/lsm/sstable/table.js';
import { TableSearch } from '../../../src/lsm/sstable/read/table-search.js';
import { PointSearch } from '../../../src/lsm/tree/point-search.js';
import type { TreeState } from '../../../src/lsm/tree/tree-state.js';
import { versionOf, type Version } from './model.js';

/** Looks for a key in one open table, from memory alone. */
export function findInMemory(table: Table, key: Uint8Array, atSequence: number): FindState {
  const search = new TableSearch();
  search.ask(key, hashKey(key), atSequence);
  return search.begin(table);
}

/** As a read by blocking calls does. */
export function findSync(table: Table, key: Uint8Array, atSequence: number): Version | undefined {
  const search = new TableSearch();
  search.ask(key, hashKey(key), atSequence);
  let state = search.begin(table);
  while (state === FindState.unloaded) state = search.resumeSync();
  return state === FindState.found ? versionOf(search.entry) : undefined;
}

/** As a read off the event loop does. */
export async function findLoading(table: Table, key: Uint8Array, atSequence: number): Promise<Version | undefined> {
  const search = new TableSearch();
  search.ask(key, hashKey(key), atSequence);
  let state = search.begin(table);
  while (state === FindState.unloaded) {
    await new Promise<void>((resolve, reject) => {
      search.load({
        loaded: (piece) => {
          state = search.resume(piece);
          resolve();
        },
        failed: reject,
      });
    });
  }
  return state === FindState.found ? versionOf(search.entry) : undefined;
}

/** A block and those read ahead of it, by the page that it is in. */
export function runOf(table: Table, number: number, readAhead = 0): BlockRun {
  const page = table.pages.readSync(Math.floor(number / table.index.pageBlocks));
  const run = table.blocks.run(page, number, readAhead);
  // Of a run the page stays with the table's cache for as long as the tests need it.
  page.release();
  return run;
}

export function loadBlock(table: Table, number: number): Promise<Block> {
  return new Promise((resolve, reject) => table.blocks.load(runOf(table, number), { loaded: resolve, failed: reject }));
}

/** Reads of one key from a tree that has but one table. */
export class HandleReader {
  readonly #state: TreeState;
  readonly #key: Uint8Array;

  constructor(handle: TableHandle, key: Uint8Array) {
    const live = {
      level0: [{ handle, mayHold: () => true }],
      searches: [],
      rows: new RowCache(new BlockCache(0)),
      flushedSequence: 0,
      retain: () => live,
      release: () => undefined,
    };
    const memtable = { find: () => false };
    this.#state = { active: { memtable }, sealed: [], live } as unknown as TreeState;
    this.#key = key;
  }

  find(): FindState {
    return this.#begin(new PointSearch());
  }

  findSync(): boolean {
    const search = new PointSearch();
    const state = this.#begin(search);
    return state === FindState.unloaded ? search.finishSync() : state === FindState.found;
  }

  /** The sequence of what was found. */
  async findLoading(): Promise<number | undefined> {
    const search = new PointSearch();
    const state = this.#begin(search);
    if (state === FindState.unloaded) return await search.finish(({ sequence }) => sequence);
    return state === FindState.found ? search.entry.sequence : undefined;
  }

  #begin(search: PointSearch): FindState {
    return search.begin(this.#state, this.#key, hashKey(this.#key), Number.MAX_SAFE_INTEGER);
  }
}
