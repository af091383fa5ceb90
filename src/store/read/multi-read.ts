import { copyOf, compareBytes } from '../../base/bytes.js';
import { hashKey } from '../../base/hash.js';
import type { Clock } from '../../env/clock.js';
import { isAbsent, takeValue, type Entry } from '../../lsm/entry.js';
import { FindState } from '../../lsm/sstable/read/find-state.js';
import { GROUP_KEYS_MAX } from '../../lsm/tree/group-looks.js';
import { GroupSearch } from '../../lsm/tree/group-search.js';
import { PointSearch } from '../../lsm/tree/point-search.js';
import type { Tree } from '../../lsm/tree/tree.js';
import { BYTES_A_WORK, WORK_A_KEY, type ReadTurns } from './read-turns.js';

/** Reads of the disk that one call has under way: enough to keep a device busy, few enough to bound the memory. */
const LOADS_MAX = 32;

interface Waiting {
  readonly index: number;
  readonly key: Uint8Array;
  readonly hash: number;
}

/**
 * Reads of many keys as of one moment.
 *
 * What needs no waiting is found in the caller's own turn while that lasts, a group of keys at a time. What is left is
 * read in the order of the keys, so that keys of one block come together and share its read, with `LOADS_MAX` reads under
 * way at a time. They look at the sequence of the call, which a snapshot holds for as long as they last, and at its
 * time: so whatever is written, flushed or compacted meanwhile, all answers are of that moment.
 */
export class MultiRead {
  readonly values: (Uint8Array | undefined)[];
  readonly #tree: Tree;
  readonly #turns: ReadTurns;
  readonly #atSequence: number;
  readonly #nowMs: number;
  readonly #search = new PointSearch();
  readonly #waiting: Waiting[] = [];
  #next = 0;

  /** Takes what needs no waiting. The keys are checked; those that have to wait are copied. */
  constructor(tree: Tree, clock: Clock, turns: ReadTurns, keys: readonly Uint8Array[], atSequence: number) {
    this.#tree = tree;
    this.#turns = turns;
    this.#atSequence = atSequence;
    this.#nowMs = clock.now();
    this.values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    for (let first = 0; first < keys.length; first += GROUP_KEYS_MAX) {
      this.#findGroup(keys.slice(first, first + GROUP_KEYS_MAX), first);
    }
  }

  /** Looks for keys of which the first is that of the call with this number. */
  #findGroup(keys: readonly Uint8Array[], first: number): void {
    const count = keys.length;
    hashes.set(keys.map((key) => hashKey(key)));
    atSequences.fill(this.#atSequence, 0, count);
    if (this.#turns.isOver) together.states.fill(FindState.unloaded);
    else {
      this.#tree.findGroup(together, { count, keys, hashes, atSequences }, (i, entry) => this.#take(first + i, entry));
      this.#turns.spend(count * WORK_A_KEY);
    }
    for (const [i, key] of keys.entries()) {
      if (together.states[i] === FindState.unloaded) this.#findOne(first + i, key, hashes[i]!);
    }
  }

  /** What the look for many leaves may still need no waiting. */
  #findOne(index: number, key: Uint8Array, hash: number): void {
    const search = this.#search;
    const state = this.#turns.isOver ? FindState.unloaded : this.#tree.find(search, key, hash, this.#atSequence);
    if (state === FindState.found) this.#take(index, search.entry);
    else if (state === FindState.unloaded) this.#waiting.push({ index, key: copyOf(key, 0, key.length), hash });
  }

  get isDone(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws CoreCacheError `CORRUPTION`, `IO`; no read is under way any more then */
  async finish(): Promise<void> {
    const held = this.#tree.takeSnapshot();
    try {
      this.#waiting.sort((a, b) => compareBytes(a.key, b.key));
      const walks = Array.from({ length: Math.min(LOADS_MAX, this.#waiting.length) }, () => this.#walk());
      for (const walk of await Promise.allSettled(walks)) if (walk.status === 'rejected') throw walk.reason;
    } finally {
      held.release();
    }
  }

  async #walk(): Promise<void> {
    const search = new PointSearch();
    try {
      for (let waiting = this.#waiting[this.#next++]; waiting !== undefined; waiting = this.#waiting[this.#next++]) {
        const { index, key, hash } = waiting;
        if (this.#turns.isOver) await this.#turns.next();
        const state = this.#tree.find(search, key, hash, this.#atSequence);
        this.#turns.spend(WORK_A_KEY);
        if (state === FindState.found) this.#take(index, search.entry);
        else if (state === FindState.unloaded) await search.finish((entry) => this.#take(index, entry));
      }
    } finally {
      // After a failure the others have no reason to go on.
      this.#next = this.#waiting.length;
    }
  }

  #take(index: number, entry: Entry): void {
    if (isAbsent(entry, this.#nowMs)) return;
    this.values[index] = takeValue(entry);
    this.#turns.spend((entry.valueEnd - entry.valueStart) / BYTES_A_WORK);
  }
}

/** Of the group that is being looked for, whichever database it is of: that takes one turn. */
const together = new GroupSearch();
const hashes = new Int32Array(GROUP_KEYS_MAX);
const atSequences = new Float64Array(GROUP_KEYS_MAX);
