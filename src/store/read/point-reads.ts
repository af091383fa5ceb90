import { copyOf } from '../../base/bytes.js';
import { hashKey } from '../../base/hash.js';
import type { Clock } from '../../env/clock.js';
import { Entry, isAbsent } from '../../lsm/entry.js';
import { FindState } from '../../lsm/sstable/find-state.js';
import type { Tree } from '../../lsm/tree/tree.js';
import type { ReadOptions, Snapshot, StoredEntry } from '../operations.js';
import { MultiRead } from './multi-read.js';
import { toStoredEntry } from './scan.js';
import type { Snapshots } from './snapshots.js';
import type { WriteLimits } from '../write/write-limits.js';

/**
 * Reads of one key. What is in memory is found in the same call, into one entry that all reads share, for it is copied out
 * before the call returns; a read that must wait for the disk gets an entry of its own.
 */
export class PointReads {
  readonly #tree: Tree;
  readonly #snapshots: Snapshots;
  readonly #limits: WriteLimits;
  readonly #clock: Clock;
  readonly #shared = new Entry();
  #openCount = 0;
  #whenQuiet: (() => void) | undefined = undefined;

  constructor(tree: Tree, snapshots: Snapshots, limits: WriteLimits, clock: Clock) {
    this.#tree = tree;
    this.#snapshots = snapshots;
    this.#limits = limits;
    this.#clock = clock;
  }

  get(key: Uint8Array, options: ReadOptions | undefined): Promise<Uint8Array | undefined> {
    return this.#read(key, options, valueOf);
  }

  getEntry(key: Uint8Array, options: ReadOptions | undefined): Promise<StoredEntry | undefined> {
    return this.#read(key, options, toStoredEntry);
  }

  getSync(key: Uint8Array, options: ReadOptions | undefined): Uint8Array | undefined {
    this.#limits.checkKey(key);
    const entry = this.#shared;
    const isFound = this.#tree.findSync(key, hashKey(key), this.#snapshots.sequenceOf(options?.snapshot), entry);
    return isFound && !isAbsent(entry, this.#clock.now()) ? valueOf(entry) : undefined;
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
    const hash = hashKey(key);
    const atSequence = this.#snapshots.sequenceOf(options?.snapshot);
    const entry = this.#shared;
    const state = this.#tree.find(key, hash, atSequence, entry);
    if (state === FindState.unloaded) return this.#load(copyOf(key, 0, key.length), hash, atSequence, copyOut);
    const isThere = state === FindState.found && !isAbsent(entry, this.#clock.now());
    return Promise.resolve(isThere ? copyOut(entry) : undefined);
  }

  async #load<T>(
    key: Uint8Array,
    hash: number,
    atSequence: number | undefined,
    copyOut: (entry: Entry) => T,
  ): Promise<T | undefined> {
    this.#openCount++;
    try {
      const entry = new Entry();
      const isFound = await this.#tree.load(key, hash, atSequence, entry);
      return isFound && !isAbsent(entry, this.#clock.now()) ? copyOut(entry) : undefined;
    } finally {
      this.#ended();
    }
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

  #ended(): void {
    this.#openCount--;
    if (this.#openCount === 0) this.#whenQuiet?.();
  }
}

function valueOf(entry: Entry): Uint8Array {
  return copyOf(entry.valueBytes, entry.valueStart, entry.valueEnd);
}
