import type { CoreCacheError } from '../../base/errors.js';
import type { PartitionId } from '../../base/numbers.js';
import { toEpoch, toSequence, type Epoch, type Sequence } from '../../base/numbers.js';
import type { LogRecord, LogRecordKind, LogWaiter } from '../../log/log-record.js';
import type { Durability, EntryVersion, WriteResult } from '../operations.js';
import type { KeyCheck, KeyState } from './key-check.js';

interface Refusal {
  readonly write: PendingWrite;
  readonly reason: unknown;
}

/** Who is told what became of a write. */
export interface PendingWriteOwner {
  logged(write: PendingWrite): void;
  logFailed(write: PendingWrite, error: CoreCacheError): void;
}

let lastResolve: (result: WriteResult) => void;
let lastReject: (error: unknown) => void;

/** The executor of every write's promise: one function for all, where a closure for each would cost an allocation. */
function keepResolvers(resolve: (result: WriteResult) => void, reject: (error: unknown) => void): void {
  lastResolve = resolve;
  lastReject = reject;
}

/**
 * One write from its acceptance to its answer. It is the log's record and the log's waiter in one object, and a link in
 * the chain of writes that wait or are in flight: a write costs this, its promise and its encoded bytes.
 */
export class PendingWrite implements LogRecord, LogWaiter {
  readonly kind: LogRecordKind;
  readonly partition: PartitionId;
  /** Given when it is appended. */
  epoch: Epoch = toEpoch(0);
  sequence: Sequence = toSequence(0);
  /** The encoded batch, in memory of its own; set when it is appended where `derive` makes it. */
  payload: Uint8Array;
  readonly durability: Durability;
  readonly promise: Promise<WriteResult>;
  /** What must be looked up before it may be appended; `undefined` for most writes. */
  readonly checks: readonly KeyCheck[] | undefined;
  /** Makes the payload out of what the one key checked holds when the write is appended; throws to refuse the write. */
  derive: ((current: KeyState | undefined, nowMs: number) => Uint8Array) | undefined = undefined;
  /** The caller wants `replaced`. */
  reportsReplaced = false;
  /** By operation, when the caller asked for it. */
  replaced: readonly (EntryVersion | undefined)[] | undefined = undefined;
  next: PendingWrite | undefined = undefined;
  /** Writes that were refused because of this one, while nobody could read it yet. They are answered after it. */
  #refused: Refusal[] | undefined = undefined;
  readonly #owner: PendingWriteOwner;
  readonly #resolve: (result: WriteResult) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    owner: PendingWriteOwner,
    kind: LogRecordKind,
    partition: PartitionId,
    payload: Uint8Array,
    durability: Durability,
    checks: readonly KeyCheck[] | undefined,
  ) {
    this.#owner = owner;
    this.kind = kind;
    this.partition = partition;
    this.payload = payload;
    this.durability = durability;
    this.checks = checks;
    this.promise = new Promise<WriteResult>(keepResolvers);
    this.#resolve = lastResolve;
    this.#reject = lastReject;
  }

  logged(): void {
    this.#owner.logged(this);
  }

  logFailed(error: CoreCacheError): void {
    this.#owner.logFailed(this, error);
  }

  /** It is in the log and in the tree. */
  resolve(): void {
    const { epoch, sequence, replaced } = this;
    this.#resolve(replaced === undefined ? { epoch, sequence } : { epoch, sequence, replaced });
    if (this.#refused !== undefined) for (const { write, reason } of this.#refused) write.reject(reason);
  }

  /** Whether it is kept is not known, and so neither whether those that it refused had a reason. They were not done. */
  fail(error: CoreCacheError, failure: CoreCacheError): void {
    this.#reject(error);
    if (this.#refused !== undefined) for (const { write } of this.#refused) write.reject(failure);
  }

  /** `write` is not to be done, if this one is. */
  refuse(write: PendingWrite, reason: unknown): void {
    (this.#refused ??= []).push({ write, reason });
  }

  reject(error: unknown): void {
    this.#reject(error);
  }
}
