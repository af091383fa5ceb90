import { asError } from '../../base/as-error.js';
import type { Awaitable } from '../../base/awaitable.js';
import { copyOf } from '../../base/bytes.js';
import { hashKey } from '../../base/hash.js';
import type { Entry } from '../../lsm/entry.js';
import { GROUP_KEYS_MAX } from '../../lsm/tree/group-looks.js';
import { GroupSearch, type KeyGroup } from '../../lsm/tree/group-search.js';
import { FindState } from '../../lsm/sstable/read/find-state.js';
import type { Tree } from '../../lsm/tree/tree.js';

/** Two already gain; one has nobody to wait with. */
const GROUP_KEYS_MIN = 2;

type Value = Uint8Array | undefined;

interface Answer {
  readonly resolve: (value: Awaitable<Value>) => void;
  readonly reject: (error: Error) => void;
}

/** How the reads of a group are carried out. */
export interface GroupedReads {
  /** A look for one key by itself. */
  readOne(key: Uint8Array, hash: number, atSequence: number): Awaitable<Value>;
  /** Copies out what the look for many has found. */
  take(entry: Entry): Value;
  /** An answer that is there: for now, or for a later turn. */
  answer(value: Value): Awaitable<Value>;
}

/**
 * Reads of single keys that are asked for at the same time, carried out together. Whoever has many reads in flight asks
 * for the next ones as the last are answered, all in one turn of the event loop; the group is what came by the end of the
 * microtasks that were waiting when its first read was asked for. Each sees what was there when it was asked for.
 */
export class GetGroup implements KeyGroup {
  count = 0;
  /** Copies: the caller's may change meanwhile. Keys are often of one length, so their memory is used again. */
  readonly keys = new Array<Uint8Array>(GROUP_KEYS_MAX).fill(Buffer.allocUnsafeSlow(0));
  readonly hashes = new Int32Array(GROUP_KEYS_MAX);
  readonly atSequences = new Float64Array(GROUP_KEYS_MAX);
  /** Of each read: how to answer it. */
  readonly #answers = new Array<Answer | undefined>(GROUP_KEYS_MAX).fill(undefined);
  /** Of each read: what the look for many has found. */
  readonly #values = new Array<Value>(GROUP_KEYS_MAX).fill(undefined);
  readonly #tree: Tree;
  readonly #reads: GroupedReads;
  readonly #search = new GroupSearch();

  constructor(tree: Tree, reads: GroupedReads) {
    this.#tree = tree;
    this.#reads = reads;
  }

  get(key: Uint8Array, atSequence: number): Promise<Value> {
    const number = this.count;
    this.#keep(number, key);
    this.hashes[number] = hashKey(key);
    this.atSequences[number] = atSequence;
    const promise = new Promise<Value>((resolve, reject) => {
      this.#answers[number] = { resolve, reject };
    });
    this.count++;
    if (number === 0) queueMicrotask(this.run);
    else if (this.count === GROUP_KEYS_MAX) this.run();
    return promise;
  }

  /** Carries out what has been asked for. */
  readonly run = (): void => {
    const { count } = this;
    if (count === 0) return;
    const { states } = this.#search;
    if (count >= GROUP_KEYS_MIN) this.#findTogether();
    else states.fill(FindState.unloaded, 0, count);
    this.count = 0;
    for (let number = 0; number < count; number++) {
      const { resolve, reject } = this.#answers[number]!;
      const value = this.#values[number];
      // Kept any longer, they would keep the value from the collector.
      this.#answers[number] = this.#values[number] = undefined;
      try {
        resolve(states[number] === FindState.unloaded ? this.#readOne(number) : this.#reads.answer(value));
      } catch (error) {
        reject(asError(error));
      }
    }
  };

  #keep(number: number, key: Uint8Array): void {
    const own = this.keys[number]!;
    if (own.length !== key.length) this.keys[number] = copyOf(key, 0, key.length);
    else for (let i = 0; i < key.length; i++) own[i] = key[i]!;
  }

  #findTogether(): void {
    try {
      this.#tree.findGroup(this.#search, this, (number, entry) => {
        this.#values[number] = this.#reads.take(entry);
      });
    } catch {
      // Of one of them; which one it is shows when each is looked for by itself.
      this.#search.states.fill(FindState.unloaded);
    }
  }

  #readOne(number: number): Awaitable<Value> {
    return this.#reads.readOne(this.keys[number]!, this.hashes[number]!, this.atSequences[number]!);
  }
}
