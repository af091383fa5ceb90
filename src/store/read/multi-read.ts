import { copyOf, compareBytes } from '../../base/bytes.js';
import { hashKey } from '../../base/hash.js';
import type { Clock } from '../../env/clock.js';
import { isAbsent, takeValue, type Entry } from '../../lsm/entry.js';
import { FindState } from '../../lsm/sstable/read/find-state.js';
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
 * What needs no waiting is found in the caller's own turn while that lasts, key by key, without a promise for each. What is
 * left is read in the order of the keys, so that keys of one block come together and share its read, with `LOADS_MAX` reads
 * under way at a time. They look at the sequence of the call, which a snapshot holds for as long as they last, and at its
 * time: so whatever is written, flushed or compacted meanwhile, all answers are of that moment.
 */
export class MultiRead {
  readonly values: (Uint8Array | undefined)[];
  readonly #tree: Tree;
  readonly #turns: ReadTurns;
  readonly #atSequence: number;
  readonly #nowMs: number;
  readonly #waiting: Waiting[] = [];
  #next = 0;

  /** Takes what needs no waiting. The keys are checked; those that have to wait are copied. */
  constructor(tree: Tree, clock: Clock, turns: ReadTurns, keys: readonly Uint8Array[], atSequence: number) {
    this.#tree = tree;
    this.#turns = turns;
    this.#atSequence = atSequence;
    this.#nowMs = clock.now();
    this.values = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    const search = new PointSearch();
    let index = 0;
    for (; index < keys.length && !turns.isOver; index++) {
      const key = keys[index]!;
      const hash = hashKey(key);
      const state = tree.find(search, key, hash, atSequence);
      turns.spend(WORK_A_KEY);
      if (state === FindState.found) this.#take(index, search.entry);
      else if (state === FindState.unloaded) this.#wait(index, key, hash);
    }
    for (; index < keys.length; index++) this.#wait(index, keys[index]!, hashKey(keys[index]!));
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

  #wait(index: number, key: Uint8Array, hash: number): void {
    this.#waiting.push({ index, key: copyOf(key, 0, key.length), hash });
  }
}
