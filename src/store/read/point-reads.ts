import { hashKey } from '../../base/hash.js';
import type { Clock } from '../../env/clock.js';
import { isAbsent, takeValue, type Entry } from '../../lsm/entry.js';
import { FindState } from '../../lsm/sstable/find-state.js';
import { PointSearch } from '../../lsm/tree/point-search.js';
import type { Tree } from '../../lsm/tree/tree.js';
import type { ReadOptions, Snapshot, StoredEntry } from '../operations.js';
import { MultiRead } from './multi-read.js';
import { toStoredEntry } from './scan.js';
import type { Snapshots } from './snapshots.js';
import type { WriteLimits } from '../write/write-limits.js';

/** Reads answered in their call before other work of the process has its turn: a few milliseconds. */
const ANSWERS_A_TURN = 1024;
/** So many bytes of a value count as one read more. */
const VALUE_BYTES_AN_ANSWER = 4096;

/**
 * Reads of one key. What needs no waiting is found in the same call, by one search that all reads share, for what it finds is
 * copied out before the call returns; a read that must wait for the disk takes the search along, and there is a new one.
 *
 * A loop that awaits one read after the other would keep the event loop to itself as long as none has to wait. So when many
 * have been answered in their call, the answers of those that follow wait for the next turn.
 */
export class PointReads {
  readonly #tree: Tree;
  readonly #snapshots: Snapshots;
  readonly #limits: WriteLimits;
  readonly #clock: Clock;
  #search = new PointSearch();
  /** In their call, since others had their turn on our account. */
  #answered = 0;
  #turn: Promise<void> | undefined = undefined;
  #openCount = 0;
  #whenQuiet: (() => void) | undefined = undefined;

  constructor(tree: Tree, snapshots: Snapshots, limits: WriteLimits, clock: Clock) {
    this.#tree = tree;
    this.#snapshots = snapshots;
    this.#limits = limits;
    this.#clock = clock;
  }

  get(key: Uint8Array, options: ReadOptions | undefined): Promise<Uint8Array | undefined> {
    return this.#read(key, options, takeValue);
  }

  getEntry(key: Uint8Array, options: ReadOptions | undefined): Promise<StoredEntry | undefined> {
    return this.#read(key, options, toStoredEntry);
  }

  getSync(key: Uint8Array, options: ReadOptions | undefined): Uint8Array | undefined {
    this.#limits.checkKey(key);
    const search = this.#search;
    const state = this.#tree.find(search, key, hashKey(key), this.#snapshots.sequenceOf(options?.snapshot));
    const isFound = state === FindState.unloaded ? search.finishSync() : state === FindState.found;
    return isFound && !isAbsent(search.entry, this.#clock.now()) ? takeValue(search.entry) : undefined;
  }

  multiGet(keys: readonly Uint8Array[], options: ReadOptions | undefined): Promise<(Uint8Array | undefined)[]> {
    for (const key of keys) this.#limits.checkKey(key);
    const atSequence = this.#snapshots.sequenceOf(options?.snapshot) ?? this.#tree.lastSequence;
    const read = new MultiRead(this.#tree, this.#clock, keys, atSequence);
    return read.isDone ? Promise.resolve(read.values) : this.#finish(read, options?.snapshot);
  }

  /** Resolves when no read waits for the disk. */
  async quiet(): Promise<void> {
    if (this.#openCount === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenQuiet = resolve;
    });
  }

  #read<T>(key: Uint8Array, options: ReadOptions | undefined, copyOut: (entry: Entry) => T): Promise<T | undefined> {
    this.#limits.checkKey(key);
    const search = this.#search;
    const state = this.#tree.find(search, key, hashKey(key), this.#snapshots.sequenceOf(options?.snapshot));
    if (state === FindState.unloaded) {
      this.#search = new PointSearch();
      return this.#load(search, copyOut);
    }
    const isThere = state === FindState.found && !isAbsent(search.entry, this.#clock.now());
    return this.#answer(isThere ? copyOut(search.entry) : undefined, search.entry);
  }

  #answer<T>(answer: T, { valueStart, valueEnd }: Entry): Promise<T> {
    if (this.#answered < ANSWERS_A_TURN) {
      this.#answered += 1 + (valueEnd - valueStart) / VALUE_BYTES_AN_ANSWER;
      return Promise.resolve(answer);
    }
    this.#turn ??= this.#clock.nextTurn().then(() => {
      this.#answered = 0;
      this.#turn = undefined;
    });
    return this.#turn.then(() => answer);
  }

  #load<T>(search: PointSearch, copyOut: (entry: Entry) => T): Promise<T | undefined> {
    this.#openCount++;
    const take = (entry: Entry): T | undefined => (isAbsent(entry, this.#clock.now()) ? undefined : copyOut(entry));
    return search.finish(take, this.#ended);
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
