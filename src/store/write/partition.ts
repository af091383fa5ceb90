import { assert } from '../../base/assert.js';
import { CoreCacheError } from '../../base/errors.js';
import { toEpoch, toSequence, type Epoch, type PartitionId, type Sequence } from '../../base/numbers.js';
import type { CommitLog } from '../../log/commit-log.js';
import { LogRecordKind } from '../../log/log-record.js';
import type { Tree } from '../../lsm/tree/tree.js';
import { InFlightWrites } from './in-flight-writes.js';
import { PayloadPool } from './payload-pool.js';
import type { PendingWrite, PendingWriteOwner } from './pending-write.js';

/**
 * One partition: its tree, its counters, and its writes between the log and the tree. Several share one log.
 *
 * A write passes three moments, each a synchronous step:
 *
 *  1. `append`: it gets the next sequence and the present epoch, and is handed to the log. The log keeps the order in
 *     which it was called, so the order of sequences is the order in the log.
 *  2. `logged`, called by the log in that same order when the write is as durable as it asked for: it is applied to the
 *     tree and its caller is answered. So nothing can be read that the log may still lose, and the tree sees sequences
 *     without gaps.
 *  3. or `logFailed`: the log is poisoned. What had been appended may be on the disk or not; only reading it again, by
 *     opening the database anew, can tell. So the caller learns `OUTCOME_UNKNOWN`, never "failed", and no sequence is
 *     given out any more: the next would leave a gap, or stand twice for different writes.
 *
 * Handing a write on before its answer would let a reader see a value that a power cut takes back; waiting for a sync
 * of its own would make each write pay for one. Between the two stands the log's group commit.
 */
export class Partition implements PendingWriteOwner {
  readonly id: PartitionId;
  readonly tree: Tree;
  /** For what is appended. */
  readonly payloads = new PayloadPool();
  readonly inFlight: InFlightWrites;
  readonly #log: CommitLog;
  #lastSequence: Sequence;
  #epoch: Epoch;
  #inFlightBytes = 0;
  #inFlightCount = 0;
  #failure: CoreCacheError | undefined = undefined;
  /** Called after writes left the flight, one way or the other. */
  onSettled: () => void = () => undefined;

  constructor(id: PartitionId, tree: Tree, log: CommitLog) {
    this.id = id;
    this.tree = tree;
    this.#log = log;
    this.#lastSequence = toSequence(tree.lastSequence);
    this.#epoch = toEpoch(tree.lastEpoch);
    this.inFlight = new InFlightWrites(tree.lastSequence, this.payloads);
  }

  /** Of the last write appended, which need not be readable yet. */
  get lastSequence(): Sequence {
    return this.#lastSequence;
  }

  /** What the next write will carry. */
  get epoch(): Epoch {
    return this.#epoch;
  }

  /** Encoded bytes appended and not answered. */
  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  get inFlightCount(): number {
    return this.#inFlightCount;
  }

  /** Why no write is taken any more: `POISONED`. */
  get failure(): CoreCacheError | undefined {
    return this.#failure;
  }

  append(write: PendingWrite): void {
    if (this.#failure !== undefined) {
      write.reject(this.#failure);
      return;
    }
    write.sequence = toSequence(this.#lastSequence + 1);
    write.epoch = this.#epoch;
    this.#lastSequence = write.sequence;
    this.#inFlightBytes += write.payload.length;
    this.#inFlightCount++;
    this.inFlight.add(write);
    this.#log.append(write, write.durability, write);
  }

  /** Appends `noop`, the first write of `epoch`; all later ones carry the epoch too. */
  beginEpoch(epoch: Epoch, noop: PendingWrite): void {
    assert(epoch > this.#epoch, 'epochs rise');
    assert(noop.kind === LogRecordKind.noop, 'an epoch begins with a no-op');
    if (this.#failure === undefined) this.#epoch = epoch;
    this.append(noop);
  }

  logged(write: PendingWrite): void {
    if (write.kind === LogRecordKind.write) this.tree.apply(write.sequence, write.epoch, write.payload);
    else this.tree.advance(write.sequence, write.epoch);
    this.inFlight.applied(write);
    write.resolve();
    this.#settled(write);
  }

  logFailed(write: PendingWrite, cause: CoreCacheError): void {
    const failure = this.fail(cause);
    write.fail(cause.code === 'CLOSED' ? cause : outcomeUnknown(cause), failure);
    this.#settled(write);
  }

  /** The log takes no more. Returns what later writes are answered with. */
  fail(cause: CoreCacheError): CoreCacheError {
    if (this.#failure === undefined) {
      this.#failure = new CoreCacheError(
        'POISONED',
        `${cause.message}; to write again, close the database and open it anew`,
        { data: cause.data, cause },
      );
      this.inFlight.clear();
    }
    return this.#failure;
  }

  #settled(write: PendingWrite): void {
    this.#inFlightBytes -= write.payload.length;
    this.#inFlightCount--;
    this.onSettled();
  }
}

function outcomeUnknown(cause: CoreCacheError): CoreCacheError {
  return new CoreCacheError(
    'OUTCOME_UNKNOWN',
    `whether this write is kept shows when the database is opened anew: ${cause.message}`,
    { data: cause.data, cause },
  );
}
