import { CoreCacheError, isCoreCacheError } from '../base/errors.js';
import type { VersionTag } from '../protocol/version-tag.js';
import type { ScanOptions, StoredEntry, WriteOperation, WriteOptions, WriteResult } from '../store/operations.js';
import type { KeyValueStore } from './key-value-store.js';
import type { LeaderGate, LeaderTerm } from './leader-gate.js';

/**
 * Reads and writes as the leader of one term.
 *
 * Each asks the gate twice: before the value is read, and again when the result is there and the reply is about to be
 * built. Between the second look and the bytes on the wire is no waiting of ours. What a lapse in between means:
 *
 *  - for a read, the value may be older than one that another leader has acknowledged: it is thrown away (`NO_LEADER`);
 *  - for a write that is in the log, it may or may not be part of the history that the next leader goes on with: its
 *    outcome is unknown (`OUTCOME_UNKNOWN`), which the store says itself when the log failed under it;
 *  - for a write that was refused by a condition, the refusal is a read: `NO_LEADER`.
 *
 * A write that meets a log which had failed before was not begun, and says so (`POISONED`, which is retryable).
 */
export class LeaderStore {
  readonly #gate: LeaderGate;
  readonly #current: () => KeyValueStore;
  readonly #onLogFailure: () => void;
  #seen: VersionTag = { epoch: 0, sequence: 0 };

  /**
   * @param current the store that is open now; throws `CLOSED` or `POISONED` when none is
   * @param onLogFailure called when a write found the log failed
   */
  constructor(gate: LeaderGate, current: () => KeyValueStore, onLogFailure: () => void) {
    this.#gate = gate;
    this.#current = current;
    this.#onLogFailure = onLogFailure;
  }

  async getEntry(term: LeaderTerm, key: Uint8Array): Promise<StoredEntry | undefined> {
    this.#gate.requireTerm(term);
    const entry = await this.#current().getEntry(key);
    this.#gate.requireTerm(term);
    return entry;
  }

  /** Entries of one moment, in order. The term is asked for at every entry. */
  async *scanEntries(term: LeaderTerm, options: ScanOptions): AsyncGenerator<StoredEntry, void, undefined> {
    this.#gate.requireTerm(term);
    for await (const entry of this.#current().scanEntries(options)) {
      this.#gate.requireTerm(term);
      yield entry;
    }
    this.#gate.requireTerm(term);
  }

  async write(term: LeaderTerm, operations: readonly WriteOperation[], options: WriteOptions): Promise<WriteResult> {
    this.#gate.requireTerm(term);
    const store = this.#current();
    if (store.failure !== undefined) {
      this.#onLogFailure();
      throw new CoreCacheError(
        'POISONED',
        'the log of this node has failed and is being reopened; nothing was written',
        {
          cause: store.failure,
        },
      );
    }
    let result: WriteResult;
    try {
      result = await store.write(operations, options);
    } catch (error) {
      throw this.#refusalOf(error, store, term);
    }
    if (!this.#gate.stillLeads(term)) throw outcomeUnknown('this node stopped leading before it could answer');
    return result;
  }

  /** How far the history has come that an answer of now was taken from. Kept while the store is being reopened. */
  get position(): VersionTag {
    try {
      const { epoch, lastSequence } = this.#current();
      if (epoch !== this.#seen.epoch || lastSequence !== this.#seen.sequence) {
        this.#seen = { epoch, sequence: lastSequence };
      }
    } catch (error) {
      if (!isCoreCacheError(error)) throw error;
    }
    return this.#seen;
  }

  #refusalOf(error: unknown, store: KeyValueStore, term: LeaderTerm): unknown {
    if (!isCoreCacheError(error)) return error;
    if (store.failure !== undefined) this.#onLogFailure();
    if (error.code !== 'OUTCOME_UNKNOWN' && !this.#gate.stillLeads(term)) {
      return new CoreCacheError('NO_LEADER', 'this node stopped leading; nothing was written; try again', {
        cause: error,
      });
    }
    return error;
  }
}

function outcomeUnknown(why: string): CoreCacheError {
  return new CoreCacheError('OUTCOME_UNKNOWN', `the write may or may not have happened: ${why}`);
}
