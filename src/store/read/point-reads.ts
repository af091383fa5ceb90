import type { Awaitable } from '../../base/awaitable.js';
import { hashKey } from '../../base/hash.js';
import type { Clock } from '../../env/clock.js';
import { isAbsent, NEVER_EXPIRES, takeValue, type Entry } from '../../lsm/entry.js';
import { FindState } from '../../lsm/sstable/read/find-state.js';
import { PointSearch } from '../../lsm/tree/point-search.js';
import type { Tree } from '../../lsm/tree/tree.js';
import type { ReadOptions, Snapshot, StoredEntry } from '../operations.js';
import { GetGroup } from './get-group.js';
import { MultiRead } from './multi-read.js';
import { BYTES_A_WORK, WORK_A_KEY, type ReadTurns } from './read-turns.js';
import { toStoredEntry } from './scan.js';
import type { Snapshots } from './snapshots.js';
import type { WriteLimits } from '../write/write-limits.js';

/**
 * Reads of one key. Values asked for by promise are looked for with the others of their turn (`GetGroup`); all else, and
 * what that leaves, one by one, by one search that all these reads share, for what it finds is copied out before anything
 * else is looked for. A read that must wait for the disk takes the search along, and there is a new one.
 */
export class PointReads {
  readonly #tree: Tree;
  readonly #snapshots: Snapshots;
  readonly #limits: WriteLimits;
  readonly #clock: Clock;
  readonly #turns: ReadTurns;
  readonly #group: GetGroup;
  #search = new PointSearch();
  #openCount = 0;
  #whenQuiet: (() => void) | undefined = undefined;

  constructor({ tree, snapshots, limits, clock, turns }: PointReadParts) {
    this.#tree = tree;
    this.#snapshots = snapshots;
    this.#limits = limits;
    this.#clock = clock;
    this.#turns = turns;
    this.#group = new GetGroup(tree, {
      readOne: (key, hash, atSequence) => this.#read(this.#search, key, hash, atSequence, takeValue),
      take: (entry) => (this.#isAbsent(entry) ? undefined : takeValue(entry)),
      answer: (value) => turns.answer(value, workOf(value)),
    });
  }

  get(key: Uint8Array, options: ReadOptions | undefined): Promise<Uint8Array | undefined> {
    this.#limits.checkKey(key);
    return this.#group.get(key, this.#snapshots.sequenceOf(options?.snapshot) ?? this.#tree.lastSequence);
  }

  getEntry(key: Uint8Array, options: ReadOptions | undefined): Promise<StoredEntry | undefined> {
    this.#limits.checkKey(key);
    const atSequence = this.#snapshots.sequenceOf(options?.snapshot);
    return Promise.resolve(this.#read(this.#search, key, hashKey(key), atSequence, toStoredEntry));
  }

  async has(key: Uint8Array, options: ReadOptions | undefined): Promise<boolean> {
    this.#limits.checkKey(key);
    const search = new PointSearch({ keysOnly: true });
    const atSequence = this.#snapshots.sequenceOf(options?.snapshot);
    return (await this.#read(search, key, hashKey(key), atSequence, () => true)) === true;
  }

  getSync(key: Uint8Array, options: ReadOptions | undefined): Uint8Array | undefined {
    this.#limits.checkKey(key);
    const search = this.#search;
    const state = this.#tree.find(search, key, hashKey(key), this.#snapshots.sequenceOf(options?.snapshot));
    const isFound = state === FindState.unloaded ? search.finishSync() : state === FindState.found;
    return isFound && !this.#isAbsent(search.entry) ? takeValue(search.entry) : undefined;
  }

  multiGet(keys: readonly Uint8Array[], options: ReadOptions | undefined): Promise<(Uint8Array | undefined)[]> {
    for (const key of keys) this.#limits.checkKey(key);
    const atSequence = this.#snapshots.sequenceOf(options?.snapshot) ?? this.#tree.lastSequence;
    const read = new MultiRead(this.#tree, this.#clock, this.#turns, keys, atSequence);
    return read.isDone ? Promise.resolve(read.values) : this.#finish(read, options?.snapshot);
  }

  /** Resolves when no read waits for the disk. */
  async quiet(): Promise<void> {
    if (this.#openCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenQuiet = resolve;
    });
  }

  #read<T>(
    search: PointSearch,
    key: Uint8Array,
    hash: number,
    atSequence: number | undefined,
    copyOut: (entry: Entry) => T,
  ): Awaitable<T | undefined> {
    const state = this.#tree.find(search, key, hash, atSequence);
    if (state === FindState.unloaded) {
      if (search === this.#search) this.#search = new PointSearch();
      return this.#load(search, copyOut);
    }
    const isThere = state === FindState.found && !this.#isAbsent(search.entry);
    const answer = isThere ? copyOut(search.entry) : undefined;
    const { valueStart, valueEnd } = search.entry;
    return this.#turns.answer(answer, WORK_A_KEY + (valueEnd - valueStart) / BYTES_A_WORK);
  }

  #load<T>(search: PointSearch, copyOut: (entry: Entry) => T): Promise<T | undefined> {
    this.#openCount++;
    const take = (entry: Entry): T | undefined => (this.#isAbsent(entry) ? undefined : copyOut(entry));
    return search.finish(take, this.#ended);
  }

  /** To ask the time costs a hot read a tenth of what it takes, and few values end. */
  #isAbsent(entry: Entry): boolean {
    return isAbsent(entry, entry.expiresAtMs === NEVER_EXPIRES ? 0 : this.#clock.now());
  }

  async #finish(read: MultiRead, snapshot: Snapshot | undefined): Promise<(Uint8Array | undefined)[]> {
    this.#openCount++;
    try {
      await read.finish();
      // Released meanwhile: nothing has kept what it showed.
      this.#snapshots.sequenceOf(snapshot);
      return read.values;
    } finally {
      this.#ended();
    }
  }

  readonly #ended = (): void => {
    this.#openCount--;
    if (this.#openCount === 0) this.#whenQuiet?.();
  };
}

export interface PointReadParts {
  readonly tree: Tree;
  readonly snapshots: Snapshots;
  readonly limits: WriteLimits;
  readonly clock: Clock;
  readonly turns: ReadTurns;
}

function workOf(value: Uint8Array | undefined): number {
  return WORK_A_KEY + (value === undefined ? 0 : value.length / BYTES_A_WORK);
}
