import { assert } from '../../base/assert.js';
import { copyOf, equalBytes } from '../../base/bytes.js';
import { hashKey } from '../../base/hash.js';
import { BatchReader } from '../../lsm/batch.js';
import type { Entry, Operation } from '../../lsm/entry.js';
import type { KeyState } from './key-check.js';
import type { PayloadPool } from './payload-pool.js';
import type { PendingWrite } from './pending-write.js';

/** A look-up that takes time: the tree as of `since` is being read. */
export interface Evaluation {
  readonly since: number;
}

/**
 * The writes that the tree does not show yet, oldest first, and on demand by key: what a conditional write must look at
 * besides the tree.
 *
 * **Why a read and a look here are enough.** A conditional write reads the tree without blocking, which may take turns of
 * the event loop, and decides in the turn in which it appends. Let `a` be the last sequence applied when its read begins.
 * The read shows the newest version of the key up to `a`, or one newer still. Every other version has a sequence above
 * `a`, so it is in this chain if the chain keeps what is above `a` for as long as the evaluation lasts, even when it has
 * been applied meanwhile. So the newest of both is the newest there is, at the moment of the decision, however often
 * memtables were flushed in between; nothing has to be read twice, and no write can be starved.
 *
 * The index by key costs a map entry for each operation, so it exists only from the first conditional write until the chain
 * has run empty. Building it is paid once for each such time.
 */
export class InFlightWrites {
  #oldest: PendingWrite | undefined = undefined;
  #newest: PendingWrite | undefined = undefined;
  readonly #payloads: PayloadPool;
  #appliedSequence: number;
  #index: Map<number, RecentWrite> | undefined = undefined;
  /** In order of `since`: the first is the one that holds back most. */
  readonly #evaluations = new Set<Evaluation>();

  /** @param payloads gets back the payload of each write that the tree shows and nobody looks up here any more */
  constructor(appliedSequence: number, payloads: PayloadPool) {
    this.#appliedSequence = appliedSequence;
    this.#payloads = payloads;
  }

  /** It was given its sequence and appended. */
  add(write: PendingWrite): void {
    if (this.#newest === undefined) {
      this.#oldest = write;
    } else {
      assert(write.sequence > this.#newest.sequence, 'writes are added in order');
      this.#newest.next = write;
    }
    this.#newest = write;
    if (this.#index !== undefined) addKeys(this.#index, write);
  }

  /** The tree shows it now. */
  applied(write: PendingWrite): void {
    assert(write.sequence > this.#appliedSequence, 'writes are applied in order');
    this.#appliedSequence = write.sequence;
    this.#forget();
  }

  /** Everything is given up: the log has failed. */
  clear(): void {
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#index = undefined;
  }

  /** The newest write of the key that is kept here. */
  newestOf(key: Uint8Array, hash: number): RecentWrite | undefined {
    let found = this.#indexed().get(hash | 0);
    while (found !== undefined && !equalBytes(found.key, key)) found = found.collision;
    return found;
  }

  /** From now on, keeps what the tree does not show at this moment, until `end`. */
  begin(): Evaluation {
    this.#indexed();
    const evaluation: Evaluation = { since: this.#appliedSequence };
    this.#evaluations.add(evaluation);
    return evaluation;
  }

  end(evaluation: Evaluation): void {
    this.#evaluations.delete(evaluation);
    this.#forget();
  }

  #indexed(): Map<number, RecentWrite> {
    if (this.#index === undefined) {
      this.#index = new Map();
      for (let write = this.#oldest; write !== undefined; write = write.next) addKeys(this.#index, write);
    }
    return this.#index;
  }

  #forget(): void {
    let limit = this.#appliedSequence;
    for (const { since } of this.#evaluations) {
      if (since < limit) limit = since;
      break;
    }
    let write = this.#oldest;
    while (write !== undefined && write.sequence <= limit) {
      if (this.#index !== undefined) removeKeys(this.#index, write);
      this.#payloads.giveBack(write.payload);
      write = write.next;
    }
    this.#oldest = write;
    if (write === undefined) {
      this.#newest = undefined;
      if (this.#evaluations.size === 0) this.#index = undefined;
    }
  }
}

/** The newest write of one key. Keys with the same hash are chained. */
export class RecentWrite implements KeyState {
  readonly write: PendingWrite;
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly epoch: number;
  readonly operation: Operation;
  readonly expiresAtMs: number;
  readonly contentType: string;
  readonly valueBytes: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
  collision: RecentWrite | undefined = undefined;

  constructor(write: PendingWrite, entry: Entry) {
    this.write = write;
    this.key = copyOf(entry.keyBytes, entry.keyStart, entry.keyEnd);
    this.sequence = write.sequence;
    this.epoch = write.epoch;
    this.operation = entry.operation;
    this.expiresAtMs = entry.expiresAtMs;
    this.contentType = entry.contentType;
    this.valueBytes = entry.valueBytes;
    this.valueStart = entry.valueStart;
    this.valueEnd = entry.valueEnd;
  }
}

function addKeys(index: Map<number, RecentWrite>, write: PendingWrite): void {
  for (const reader = new BatchReader(write.payload); reader.next();) {
    const recent = new RecentWrite(write, reader.entry);
    const slot = hashKey(recent.key) | 0;
    recent.collision = without(index.get(slot), (other) => equalBytes(other.key, recent.key));
    index.set(slot, recent);
  }
}

/** A key that was written again since stays. */
function removeKeys(index: Map<number, RecentWrite>, write: PendingWrite): void {
  for (const reader = new BatchReader(write.payload); reader.next();) {
    const { keyBytes, keyStart, keyEnd } = reader.entry;
    const slot = hashKey(keyBytes, keyStart, keyEnd) | 0;
    const rest = without(index.get(slot), (other) => other.sequence === write.sequence);
    if (rest === undefined) index.delete(slot);
    else index.set(slot, rest);
  }
}

function without(chain: RecentWrite | undefined, leaves: (recent: RecentWrite) => boolean): RecentWrite | undefined {
  if (chain === undefined) return undefined;
  const rest = without(chain.collision, leaves);
  if (leaves(chain)) return rest;
  chain.collision = rest;
  return chain;
}
