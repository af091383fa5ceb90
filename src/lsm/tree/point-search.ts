import { asError } from '../../base/as-error.js';
import { copyOf } from '../../base/bytes.js';
import type { TableHandle } from '../cache/table-handle.js';
import { ValuePlace, type Entry } from '../entry.js';
import type { Block } from '../sstable/block/block.js';
import { FindState } from '../sstable/read/find-state.js';
import type { IndexPage } from '../sstable/index/index-page.js';
import type { Waiter } from '../sstable/read/shared-loads.js';
import type { Table } from '../sstable/table.js';
import { TableSearch } from '../sstable/read/table-search.js';
import type { LiveVersion } from './live-version.js';
import type { TreeState } from './tree-state.js';

/**
 * The look for one key: memtables, level 0 from the newest, then one table of each level. The first version at or below
 * the sequence is the newest there is. Rows, copies of what the tables show, come before the tables.
 *
 * All that is in memory is looked through in the turn of `begin`, without a promise, and so is what files answer at
 * once. Where there would be a wait for the disk it stops, `unloaded`, and what lies below must not be taken for the
 * answer; `finish` (off the event loop) or `finishSync` goes on from there, over the state that it began with. One
 * object serves any number of looks, one after the other.
 *
 * What it finds is handed to `take` in the turn in which it is found: it lies in memory that is used for something else
 * afterwards.
 */
export class PointSearch implements Waiter<Block | IndexPage> {
  readonly #search = new TableSearch();
  readonly #keysOnly: boolean;
  #live: LiveVersion | undefined = undefined;
  /** Tables looked at, or passed: of level 0 first, then one a run. */
  #passed = 0;
  /** The table to go on with, when unloaded; open or not. */
  #handle: TableHandle | undefined = undefined;
  #table: Table | undefined = undefined;
  /** When unloaded: the version is found, and only its value is to be read, from its value file. */
  #lacksValue = false;
  /** The table that is kept open for what was asked of it. */
  #kept: TableHandle | undefined = undefined;
  #answer: ((isFound: boolean) => void) | undefined = undefined;
  #reject: ((error: Error) => void) | undefined = undefined;
  #ended: (() => void) | undefined = undefined;

  /** With `keysOnly`, a value that is kept apart is not read: the entry found then refers to it. */
  constructor({ keysOnly = false }: { readonly keysOnly?: boolean } = {}) {
    this.#keysOnly = keysOnly;
  }

  /** What was found, tombstones and expired values included; good until the next look, or the next read of anything. */
  get entry(): Entry {
    return this.#search.entry;
  }

  /**
   * Looks at what needs no waiting, in the state that the tree is in now. `hash` is `hashKey(key)`. @throws CoreCacheError `CORRUPTION`, or of the file
   * system
   */
  begin({ active, sealed, live }: TreeState, key: Uint8Array, hash: number, atSequence: number): FindState {
    const { entry } = this.#search;
    if (active.memtable.find(key, hash, atSequence, entry)) return FindState.found;
    for (const { memtable } of sealed) if (memtable.find(key, hash, atSequence, entry)) return FindState.found;
    const { rows, flushedSequence } = live;
    if (rows.find(key, hash, atSequence, flushedSequence, entry)) return FindState.found;
    this.#search.ask(key, hash, atSequence);
    this.#live = live;
    this.#passed = 0;
    const state = this.#goOn();
    if (state === FindState.found) rows.offer(key, hash, atSequence, flushedSequence, entry);
    return this.#withValue(state);
  }

  /** Goes on with blocking calls; true when found. @throws CoreCacheError `CORRUPTION`, or of the file system */
  finishSync(): boolean {
    for (;;) {
      if (this.#lacksValue) {
        this.#live!.values.loadSync(this.entry);
        return true;
      }
      const handle = this.#handle!;
      let state: FindState;
      handle.use();
      try {
        if (this.#table === undefined) state = this.#beginAt(handle.openSync());
        else state = this.#search.resumeSync();
      } finally {
        handle.release();
      }
      if (state === FindState.absent) state = this.#goOn();
      state = this.#withValue(state);
      if (state !== FindState.unloaded) return state === FindState.found;
    }
  }

  /**
   * Goes on off the event loop, holding the version it began with. The key may be changed by the caller meanwhile.
   * @param ended called once, before the answer is given
   * @returns what `take` makes of the entry; `undefined` when there is none
   * @throws CoreCacheError `CORRUPTION`, or of the file system; or what `take` throws
   */
  finish<Taken>(take: (entry: Entry) => Taken, ended?: () => void): Promise<Taken | undefined> {
    this.#ended = ended;
    const { key, hash, atSequence } = this.#search;
    this.#search.ask(copyOf(key, 0, key.length), hash, atSequence);
    this.#live!.retain();
    return new Promise((resolve, reject) => {
      this.#answer = (isFound) => resolve(isFound ? take(this.#search.entry) : undefined);
      this.#reject = reject;
      this.#request();
    });
  }

  /** For the table: what was missing has come. */
  loaded(piece: Block | IndexPage): void {
    this.#continue(() => this.#search.resume(piece));
  }

  /** For the table: it cannot be had. */
  failed(error: unknown): void {
    this.#end();
    this.#reject!(asError(error));
  }

  /** Looks into the tables not yet looked at, as far as that needs no waiting. */
  #goOn(): FindState {
    const { level0, searches } = this.#live!;
    const search = this.#search;
    while (this.#passed < level0.length + searches.length) {
      const number = this.#passed++;
      let candidate = level0[number];
      if (candidate === undefined) candidate = searches[number - level0.length]!.tableFor(search.key);
      else if (!candidate.mayHold(search.key)) candidate = undefined;
      if (candidate === undefined) continue;
      const { handle } = candidate;
      const { table } = handle;
      const state = table === undefined ? FindState.unloaded : this.#beginIn(table, handle);
      if (state === FindState.absent) continue;
      this.#handle = handle;
      this.#table = table;
      return state;
    }
    return FindState.absent;
  }

  /**
   * The key lies between the table's first and last, or it would not be asked. A block that is read in it may push the
   * table itself out of the cache, were it not in use.
   */
  #beginIn(table: Table, handle: TableHandle): FindState {
    handle.use();
    try {
      return this.#search.begin(table, table.sharedLength);
    } finally {
      handle.release();
    }
  }

  /** In one that is in use. */
  #beginAt(table: Table): FindState {
    this.#table = table;
    return this.#search.begin(table, table.sharedLength);
  }

  /** Asks for what is missing. The table stays open until it has come. */
  #request(): void {
    if (this.#lacksValue) {
      this.#requestValue();
      return;
    }
    this.#keepOpen(this.#handle);
    if (this.#table !== undefined) this.#search.load(this);
    else {
      this.#handle!.open().then(
        (table) => this.#continue(() => this.#beginAt(table)),
        (error: unknown) => this.failed(error),
      );
    }
  }

  #requestValue(): void {
    const { entry, key } = this.#search;
    // The block that holds the entry may go meanwhile.
    entry.keyBytes = key;
    entry.keyStart = 0;
    entry.keyEnd = key.length;
    this.#live!.values.load(entry).then(
      () => this.#continue(() => FindState.found),
      (error: unknown) => this.failed(error),
    );
  }

  #withValue(state: FindState): FindState {
    const { entry } = this;
    const isWanted = state === FindState.found && entry.valuePlace === ValuePlace.separate && !this.#keysOnly;
    this.#lacksValue = isWanted && !this.#live!.values.loadNow(entry);
    return this.#lacksValue ? FindState.unloaded : state;
  }

  #continue(step: () => FindState): void {
    try {
      let state = step();
      if (state === FindState.absent) state = this.#goOn();
      state = this.#withValue(state);
      if (state === FindState.unloaded) {
        this.#request();
        return;
      }
      this.#answer!(state === FindState.found);
    } catch (error) {
      this.failed(error);
      return;
    }
    this.#end();
  }

  #keepOpen(handle: TableHandle | undefined): void {
    handle?.use();
    this.#kept?.release();
    this.#kept = handle;
  }

  #end(): void {
    this.#keepOpen(undefined);
    this.#live!.release();
    this.#ended?.();
  }
}
