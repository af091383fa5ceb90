import { asError } from '../../base/as-error.js';
import { CoreCacheError } from '../../base/errors.js';
import { toEpoch } from '../../base/numbers.js';
import type { Clock } from '../../env/clock.js';
import { LogRecordKind } from '../../log/log-record.js';
import { encodeDelete, encodePut, type TakeMemory } from '../../lsm/batch.js';
import { BatchWriter } from '../../lsm/batch-writer.js';
import { Entry, NEVER_EXPIRES } from '../../lsm/entry.js';
import { copyEntry } from '../../lsm/iterator/copy-entry.js';
import { FindState } from '../../lsm/sstable/read/find-state.js';
import { PointSearch } from '../../lsm/tree/point-search.js';
import { Batch, contentsOf } from '../batch.js';
import type { DatabaseOptions } from '../database-options.js';
import type { Evaluation, RecentWrite } from './in-flight-writes.js';
import { increased, toStep } from './increment.js';
import { checksOf, KeyCheck, conditionFailed, holds, visibleState, visibleVersion } from './key-check.js';
import type {
  DeleteOptions,
  Durability,
  EntryVersion,
  IncrementOptions,
  IncrementResult,
  PutOptions,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from '../operations.js';
import type { Partition } from './partition.js';
import { PendingWrite } from './pending-write.js';
import { WriteAdmission } from './write-admission.js';
import { checkCondition, checkContentType, checkTtl, expiryOf, type WriteLimits } from './write-limits.js';

const NO_PAYLOAD = new Uint8Array(0);

/**
 * The way of a write into its partition:
 *
 *     check and encode -> admission -> conditions -> append …… logged -> applied -> answered
 *
 * Checking and encoding happen in the caller's own call: it may use its buffers again as soon as `put` has returned, and
 * time to live counts from there. Admission (`WriteAdmission`) keeps the order of calls. A write without conditions on
 * an idle database is appended in the same call; every later step is the partition's.
 *
 * A write with conditions reads first, and decides in the turn in which it appends; `InFlightWrites` argues why this is
 * as good as a lock. While it reads, later writes may pass it: they are concurrent to it, and it sees them.
 */
export class WritePipeline {
  readonly #partition: Partition;
  readonly #clock: Clock;
  readonly #limits: WriteLimits;
  readonly #durability: Durability;
  readonly #admission: WriteAdmission;
  /** For batches that come as arrays; empty between them. */
  readonly #encoder = new BatchWriter();
  /** What payloads are encoded into: the partition has it back when the write is over. */
  readonly #take: TakeMemory;
  #evaluating = 0;
  /** Set by `close`: why nothing is taken any more. */
  #closed: CoreCacheError | undefined = undefined;
  #whenIdle: (() => void) | undefined = undefined;

  constructor(partition: Partition, clock: Clock, limits: WriteLimits, options: DatabaseOptions) {
    this.#partition = partition;
    this.#clock = clock;
    this.#limits = limits;
    this.#durability = options.durability;
    this.#take = (length, alignedAt) => partition.payloads.take(length, alignedAt);
    this.#admission = new WriteAdmission(partition, options.inFlightBytesMax, (write) => this.#admitted(write));
    partition.onSettled = () => {
      this.#admission.roomMade();
      this.#settled();
    };
  }

  /** Writes that wait at the gate. */
  get waitingCount(): number {
    return this.#admission.waitingCount;
  }

  /** How often the bytes in flight held writes back. */
  get inFlightWaits(): number {
    return this.#admission.inFlightWaits;
  }

  put(key: Uint8Array, value: Uint8Array, options: PutOptions | undefined): Promise<WriteResult> {
    this.#limits.checkKey(key);
    this.#limits.checkValue(value);
    const nowMs = this.#clock.now();
    if (options === undefined)
      return this.#submit(encodePut(key, value, nowMs, NEVER_EXPIRES, '', this.#take), undefined, undefined);
    checkTtl(options.ttlMs);
    checkContentType(options.contentType);
    checkCondition(options.ifVersion);
    const expiresAtMs = expiryOf(nowMs, options.ttlMs);
    const payload = encodePut(key, value, nowMs, expiresAtMs, options.contentType ?? '', this.#take);
    return this.#submit(payload, options, checkOf(key, options.ifVersion, options));
  }

  delete(key: Uint8Array, options: DeleteOptions | undefined): Promise<WriteResult> {
    this.#limits.checkKey(key);
    checkCondition(options?.ifVersion);
    return this.#submit(encodeDelete(key, this.#clock.now()), options, checkOf(key, options?.ifVersion, options));
  }

  write(operations: readonly WriteOperation[] | Batch, options: WriteOptions | undefined): Promise<WriteResult> {
    if (Batch.isBatch(operations)) return this.#writeBatch(operations, options);
    this.#limits.checkOperations(operations);
    return this.#submit(this.#encode(operations), options, checksOf(operations, options));
  }

  #writeBatch(batch: Batch, options: WriteOptions | undefined): Promise<WriteResult> {
    const contents = contentsOf(batch);
    this.#limits.checkContents(contents);
    const payload = contents.encode(this.#clock.now(), this.#take);
    return this.#submit(payload, options, contents.checks(payload, options?.reportReplaced === true));
  }

  /**
   * A put whose value is decided in the turn in which it is appended, where `InFlightWrites` shows all that is there: of
   * increments that overlap, each adds to what the one before it made.
   */
  async increment(
    key: Uint8Array,
    by: number | bigint,
    options: IncrementOptions | undefined,
  ): Promise<IncrementResult> {
    this.#limits.checkKey(key);
    const step = toStep(by);
    const check = new KeyCheck(key, undefined);
    const write = this.#newWrite(NO_PAYLOAD, options, [check]);
    let value = 0n;
    write.derive = (current, nowMs) => {
      value = increased(current, step);
      const expiresAtMs = current?.expiresAtMs ?? NEVER_EXPIRES;
      return encodePut(check.key, Buffer.from(value.toString()), nowMs, expiresAtMs, current?.contentType ?? '');
    };
    this.#admission.enter(write);
    const { epoch, sequence } = await write.promise;
    return { value, epoch, sequence };
  }

  /** @throws CoreCacheError `CONFLICT` unless `epoch` is above the present one */
  async beginEpoch(epoch: number): Promise<void> {
    if (!Number.isSafeInteger(epoch) || epoch <= this.#partition.epoch) {
      throw new CoreCacheError('CONFLICT', `epochs rise: ${epoch} is not above ${this.#partition.epoch}`, {
        data: { epoch: this.#partition.epoch },
      });
    }
    this.#requireOpen();
    const { noop } = LogRecordKind;
    const write = new PendingWrite(this.#partition, noop, this.#partition.id, NO_PAYLOAD, 'fsync', undefined);
    this.#partition.beginEpoch(toEpoch(epoch), write);
    await write.promise;
  }

  /** Takes nothing more, turns away who waits, and resolves when all that was appended has its answer. */
  async close(reason: CoreCacheError): Promise<void> {
    this.#closed = reason;
    this.#admission.refuseWaiting(reason);
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  #encode(operations: readonly WriteOperation[]): Uint8Array {
    const encoder = this.#encoder;
    try {
      for (const operation of operations) {
        const { type, key } = operation;
        if (type === 'put') encoder.put(key, operation.value, operation.ttlMs, operation.contentType);
        else encoder.delete(key);
      }
      return encoder.encode(this.#clock.now(), this.#take);
    } finally {
      encoder.clear();
    }
  }

  #submit(
    payload: Uint8Array,
    options: WriteOptions | undefined,
    checks: readonly KeyCheck[] | undefined,
  ): Promise<WriteResult> {
    const write = this.#newWrite(payload, options, checks);
    write.reportsReplaced = options?.reportReplaced === true;
    this.#admission.enter(write);
    return write.promise;
  }

  #newWrite(
    payload: Uint8Array,
    options: WriteOptions | undefined,
    checks: readonly KeyCheck[] | undefined,
  ): PendingWrite {
    this.#requireOpen();
    const partition = this.#partition;
    const durability = options?.durability ?? this.#durability;
    return new PendingWrite(partition, LogRecordKind.write, partition.id, payload, durability, checks);
  }

  #admitted(write: PendingWrite): void {
    if (write.checks === undefined) this.#partition.append(write);
    else this.#evaluate(write, write.checks);
  }

  #evaluate(write: PendingWrite, checks: readonly KeyCheck[]): void {
    const evaluation = this.#partition.inFlight.begin();
    const loads: Promise<void>[] = [];
    try {
      for (const check of checks) {
        const load = this.#lookUp(check, write.derive === undefined);
        if (load !== undefined) loads.push(load);
      }
    } catch (error) {
      loads.push(Promise.reject(asError(error)));
    }
    if (loads.length > 0) {
      void this.#decideLater(write, checks, loads, evaluation);
      return;
    }
    this.#decide(write, checks);
    this.#partition.inFlight.end(evaluation);
  }

  async #decideLater(
    write: PendingWrite,
    checks: readonly KeyCheck[],
    loads: readonly Promise<void>[],
    evaluation: Evaluation,
  ): Promise<void> {
    this.#evaluating++;
    try {
      // All have an end before the evaluation has: no read may outlive the database.
      for (const load of await Promise.allSettled(loads)) if (load.status === 'rejected') throw load.reason;
      this.#decide(write, checks);
    } catch (error) {
      write.reject(error);
    }
    this.#partition.inFlight.end(evaluation);
    this.#evaluating--;
    this.#settled();
  }

  /** Asks the tree what it has of the key; a promise when only the disk can tell. */
  #lookUp(check: KeyCheck, keysOnly: boolean): Promise<void> | undefined {
    const search = new PointSearch({ keysOnly });
    // The write may be decided turns later, when what was found in its place is not there any more.
    const keep = (entry: Entry): void => {
      const stored = new Entry();
      copyEntry(entry, stored);
      check.stored = stored;
    };
    const state = this.#partition.tree.find(search, check.key, check.hash);
    if (state === FindState.found) keep(search.entry);
    return state === FindState.unloaded ? search.finish(keep) : undefined;
  }

  #decide(write: PendingWrite, checks: readonly KeyCheck[]): void {
    if (this.#closed !== undefined) {
      write.reject(this.#closed);
      return;
    }
    const { inFlight } = this.#partition;
    const nowMs = this.#clock.now();
    const versions: (EntryVersion | undefined)[] = [];
    for (const { key, hash, condition, stored } of checks) {
      const recent = inFlight.newestOf(key, hash);
      const current = visibleVersion(recent ?? stored, nowMs);
      if (condition !== undefined && !holds(condition, current)) {
        this.#refuse(write, conditionFailed(condition, current), recent);
        return;
      }
      versions.push(current);
    }
    if (write.reportsReplaced) write.replaced = versions;
    if (write.derive !== undefined && !this.#derive(write, write.derive, checks, nowMs)) return;
    this.#partition.append(write);
  }

  /** False when the write was refused. */
  #derive(
    write: PendingWrite,
    derive: NonNullable<PendingWrite['derive']>,
    checks: readonly KeyCheck[],
    nowMs: number,
  ): boolean {
    const [{ key, hash, stored }] = checks as [KeyCheck];
    const recent = this.#partition.inFlight.newestOf(key, hash);
    try {
      write.payload = derive(visibleState(recent ?? stored, nowMs), nowMs);
      return true;
    } catch (error) {
      this.#refuse(write, error, recent);
      return false;
    }
  }

  /**
   * A condition that failed because of a write that nobody can read yet is answered when that write is. Told sooner, the
   * caller would learn of a version that a read does not show, and that a power cut may take back; and one that reads and
   * tries again at once would turn in a circle that lets nothing else of the process in, the sync of that write included.
   */
  #refuse(write: PendingWrite, reason: unknown, because: RecentWrite | undefined): void {
    const isUnread = because !== undefined && because.sequence > this.#partition.tree.lastSequence;
    if (isUnread) because.write.refuse(write, reason);
    else write.reject(reason);
  }

  #requireOpen(): void {
    const reason = this.#closed ?? this.#partition.failure;
    if (reason !== undefined) throw reason;
  }

  get #isIdle(): boolean {
    return this.#evaluating === 0 && this.#admission.waitingCount === 0 && this.#partition.inFlightCount === 0;
  }

  #settled(): void {
    if (this.#whenIdle === undefined || !this.#isIdle) return;
    this.#whenIdle();
    this.#whenIdle = undefined;
  }
}

function checkOf(
  key: Uint8Array,
  condition: PutOptions['ifVersion'],
  options: WriteOptions | undefined,
): readonly KeyCheck[] | undefined {
  return condition !== undefined || options?.reportReplaced === true ? [new KeyCheck(key, condition)] : undefined;
}
