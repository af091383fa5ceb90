import { dirname } from 'node:path';
import { assert, AssertionError } from '../base/assert.js';
import { CoreCacheError, isCoreCacheError, messageOf } from '../base/errors.js';
import { toFileNumber, type PartitionId, type Sequence } from '../base/numbers.js';
import type { Timer } from '../env/clock.js';
import type { Environment } from '../env/environment.js';
import type { CommitLogOptions, CommitLogSetup } from './commit-log-setup.js';
import { Group } from './group.js';
import { readHistory } from './history-reader.js';
import type { ReachCounter } from './log-reach.js';
import type { LogDurability, LogRecord, LogWaiter } from './log-record.js';
import { recover, type LogRecovery } from './recovery.js';
import { Retention, type LogHold } from './retention.js';
import { SegmentContents } from './segment-contents.js';
import { SegmentWriter } from './segment-writer.js';

/**
 * The commit log of a node: one history on disk for all partitions that it holds.
 *
 * **Group commit.** `append` encodes the record into the group that is being filled and returns. One loop takes the group
 * when it is free, writes it in one call, syncs it if any record in it asked for that, tells the waiters in one go, and
 * takes the next, which filled up meanwhile. So 64 writers share one sync, a lone writer waits for its own only, and an
 * idle log has neither timer nor promise.
 *
 * **Order.** Records stand in the file in the order of `append`, and waiters are told in that order, whatever durability
 * each asked for: a group is answered as a whole, after the sync if it has one.
 *
 * **Lingering.** Writers that were just answered append again a few promise reactions later. Before it takes a group that
 * will be synced, the loop lets a few rounds of reactions pass: nanoseconds, for a sync of a tenth of a millisecond.
 * Without it, 64 writers fall apart into two sets that take turns, at half the rate.
 *
 * **Small groups are written by a blocking call.** Copying them to the page cache takes microseconds; the way through the
 * thread pool takes ten times that. Syncs, and writes of large groups, never block. Neither does a write to a segment that
 * is being synced ahead: while a file system gives the bytes before it their place on the device it may hold up who appends
 * to the same file (ext4 does, for up to 150 ms where the device is busy), and so the event loop.
 *
 * **Giving way.** A writer that awaits write after write, none of them synced, would run in promise reactions for ever,
 * and the event loop would never come round to timers, requests and the threads that flush. So after a certain number of
 * bytes the loop lets a turn pass before it takes the next group.
 *
 * **Poison.** When a write, a sync or the making of a segment fails, what is on the device is unknown, and a second sync
 * of the same descriptor may report success for pages that were dropped. So the first failure is final: every waiter gets
 * `POISONED` with the cause, and so does every later append. Opening the log anew finds out what is there.
 */
export class CommitLog {
  readonly recovery: LogRecovery;
  readonly #environment: Environment;
  readonly #directory: string;
  readonly #options: CommitLogOptions;
  readonly #onPoisoned: (error: CoreCacheError) => void;
  readonly #retention: Retention;
  /** How far the history goes in what has been written. */
  readonly #reached: ReachCounter;
  #writer: SegmentWriter;
  /** Groups that are full and wait for the loop, oldest first. */
  #full: Group[] = [];
  #filling = new Group();
  #spare: Group | undefined = undefined;
  #loop: Promise<void> | undefined = undefined;
  #syncTimer: Timer | undefined = undefined;
  #failure: CoreCacheError | undefined = undefined;
  #closing: Promise<void> | undefined = undefined;
  /** Written by blocking calls since the event loop last had a turn, as far as the log knows. */
  #bytesThisTurn = 0;
  #recordCount = 0;
  #appendedBytes = 0;
  #groupCount = 0;
  #syncCount = 0;
  #syncMs = 0;

  private constructor(
    { environment, directory, options, onPoisoned }: CommitLogSetup,
    writer: SegmentWriter,
    retention: Retention,
    recovery: LogRecovery,
    reached: ReachCounter,
  ) {
    this.#environment = environment;
    this.#directory = directory;
    this.#options = options;
    this.#onPoisoned = onPoisoned ?? (() => undefined);
    this.#writer = writer;
    this.#retention = retention;
    this.recovery = recovery;
    this.#reached = reached;
  }

  /**
   * Opens the log in `directory`, which is made when absent. Hands every record to `onRecord`, in order; its payload is a
   * view of the file's bytes. When it resolves, those records are durable.
   * @throws CoreCacheError `CORRUPTION` (with file and offset) or `NEWER_FORMAT`, having changed nothing
   */
  static async open(setup: CommitLogSetup): Promise<CommitLog> {
    const { environment, directory, options } = setup;
    assert(options.segmentBytesMax <= SEGMENT_BYTES_LIMIT, `a segment has at most ${SEGMENT_BYTES_LIMIT} bytes`);
    const { fileSystem, logger } = environment;
    if (!(await fileSystem.exists(directory))) {
      await fileSystem.makeDirectory(directory);
      await fileSystem.syncDirectory(dirname(directory));
    }
    const { segments, writer, recovery, reached } = await recover(setup);
    if (recovery.cut !== undefined) logger.warn('log ended in a torn group, which was cut off', { ...recovery.cut });
    const retention = new Retention(segments, environment, directory, options.heldBytesMax ?? HELD_BYTES_MAX);
    retention.collect();
    return new CommitLog(setup, writer, retention, recovery, reached);
  }

  /**
   * Takes the record into the log. Its payload stays as it is until the waiter has been told: a long one is not copied. A
   * log that is poisoned or closed tells the waiter before it returns.
   */
  append(record: LogRecord, durability: LogDurability, waiter: LogWaiter): void {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      waiter.logFailed(refusal);
      return;
    }
    assert(record.payload.length <= PAYLOAD_BYTES_LIMIT, PAYLOAD_TOO_LONG);
    if (this.#filling.length >= GROUP_BYTES_FULL) this.#setAside();
    this.#filling.add(record, durability, waiter);
    this.#wake();
  }

  /**
   * Resolves when all that was appended so far is synced.
   * @throws CoreCacheError `POISONED` or `CLOSED`
   */
  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal();
      if (refusal !== undefined) {
        reject(refusal);
        return;
      }
      this.#filling.needsSync = true;
      this.#filling.waiters.push({ logged: resolve, logFailed: reject });
      this.#wake();
    });
  }

  /** The partition's history up to `sequence` is in tables. Segments that no partition and no hold needs are deleted. */
  release(partition: PartitionId, sequence: Sequence): void {
    this.#retention.release(partition, sequence);
  }

  /** Keeps the partition's history after `afterSequence`, until the held segments exceed `heldBytesMax`. */
  hold(partition: PartitionId, afterSequence: Sequence): LogHold {
    return this.#retention.hold(partition, afterSequence);
  }

  /**
   * The partition's history after `afterSequence` in order of sequence, as far as it has been written (it need not be
   * synced) when the iteration comes to it. What was truncated, and the truncations, are left out.
   * @throws CoreCacheError `NOT_FOUND` when the log does not reach back so far any more
   */
  read(partition: PartitionId, afterSequence: Sequence): AsyncGenerator<LogRecord> {
    return readHistory(this.#environment.fileSystem, this.#retention, partition, afterSequence);
  }

  stats(): CommitLogStats {
    return {
      segmentCount: this.#retention.segments.length,
      bytes: this.#retention.bytes,
      unsyncedBytes: this.#writer.size - this.#writer.syncedEnd,
      recordCount: this.#recordCount,
      appendedBytes: this.#appendedBytes,
      groupCount: this.#groupCount,
      syncCount: this.#syncCount,
      syncMs: this.#syncMs,
      failure: this.#failure,
    };
  }

  /**
   * Refuses what comes later, syncs what was appended before, and closes the file. A poisoned log just lets go.
   * @throws CoreCacheError `POISONED` when the last sync fails
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const wasSound = this.#failure === undefined;
    // Also when nothing seems to be unsynced: a group may be on its way to the file. A sync of nothing costs nothing.
    this.#filling.needsSync = true;
    this.#wake();
    await this.#loop;
    this.#syncTimer?.cancel();
    try {
      if (this.#failure === undefined) this.#markEnd();
    } finally {
      await this.#retention.settled();
      await this.#writer.close();
    }
    if (wasSound && this.#failure !== undefined) throw this.#failure;
  }

  /** An empty group says that all before it is synced, so that damage to the last record is told from a torn tail. */
  #markEnd(): void {
    const { seed, size, syncedEnd } = this.#writer;
    assert(syncedEnd === size, 'a log is closed after a sync');
    this.#writer.writeSync(new Group().seal(seed, size, syncedEnd));
  }

  #refusal(): CoreCacheError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    return this.#closing === undefined ? undefined : new CoreCacheError('CLOSED', 'the log is closed');
  }

  #wake(): void {
    this.#loop ??= this.#run();
  }

  /** The one loop that writes. Ends when there is nothing to do. A waiter that throws is a broken promise of our own. */
  async #run(): Promise<void> {
    await NEXT_REACTION;
    while (this.#failure === undefined && (this.#full.length > 0 || !this.#filling.isEmpty)) {
      if (this.#full.length === 0) {
        for (let round = 0; round < LINGER_ROUNDS && this.#filling.needsSync; round++) await NEXT_REACTION;
        this.#setAside();
      }
      const group = this.#full.shift()!;
      try {
        // Awaited only when there is something to wait for.
        const writing = this.#write(group);
        if (writing !== undefined) {
          await writing;
          this.#bytesThisTurn = 0;
        }
      } catch (error) {
        this.#poison(group, error);
        break;
      }
      for (const waiter of group.waiters) waiter.logged();
      if (group.wantsSyncSoon) this.#syncSoon();
      group.clear();
      this.#spare ??= group;
      if (this.#bytesThisTurn >= BLOCKING_BYTES_A_TURN) await this.#giveWay();
    }
    this.#loop = undefined;
  }

  async #giveWay(): Promise<void> {
    await this.#environment.clock.nextTurn();
    this.#bytesThisTurn = 0;
  }

  /** Takes what is being filled out of the way of later records. */
  #setAside(): void {
    this.#full.push(this.#filling);
    this.#filling = this.#spare ?? new Group();
    this.#spare = undefined;
  }

  #write(group: Group): Promise<void> | undefined {
    const hasRecords = group.contents.recordCount > 0;
    const isFull = this.#writer.size + group.length > this.#options.segmentBytesMax;
    const isRotationDue = isFull && this.#retention.segments.at(-1)!.contents.recordCount > 0;
    if ((hasRecords && (isRotationDue || !this.#mayBlock(group))) || group.needsSync) {
      return this.#writeAndSync(group, hasRecords, hasRecords && isRotationDue);
    }
    this.#writer.writeSync(group.seal(this.#writer.seed, this.#writer.size, this.#writer.syncedEnd));
    this.#written(group);
    return undefined;
  }

  async #writeAndSync(group: Group, hasRecords: boolean, isRotationDue: boolean): Promise<void> {
    if (isRotationDue) await this.#rotate();
    if (hasRecords) {
      const pieces = group.seal(this.#writer.seed, this.#writer.size, this.#writer.syncedEnd);
      if (this.#mayBlock(group)) this.#writer.writeSync(pieces);
      else await this.#writer.write(pieces);
      this.#written(group);
    }
    if (group.needsSync) await this.#sync();
  }

  #mayBlock(group: Group): boolean {
    return group.length <= BLOCKING_WRITE_BYTES_MAX && !this.#writer.isSyncing;
  }

  #written(group: Group): void {
    this.#bytesThisTurn += group.length;
    this.#retention.extend(this.#writer.size, group.contents);
    this.#reached.absorb(group.contents);
    this.#groupCount++;
    this.#recordCount += group.contents.recordCount;
    this.#appendedBytes += group.length;
    this.#writer.syncAhead(this.#options.segmentBytesMax / SYNCS_A_SEGMENT);
  }

  async #sync(): Promise<void> {
    if (this.#writer.syncedEnd < this.#writer.size) {
      const start = this.#environment.clock.monotonic();
      await this.#writer.sync();
      this.#syncMs += this.#environment.clock.monotonic() - start;
      this.#syncCount++;
    }
    this.#syncTimer?.cancel();
    this.#syncTimer = undefined;
  }

  /** The old segment is on the device as a whole before the new one, which says so, gets its name. */
  async #rotate(): Promise<void> {
    await this.#sync();
    const old = this.#writer;
    const number = toFileNumber(old.number + 1);
    const { reach } = this.#reached;
    this.#writer = await SegmentWriter.create(this.#environment, this.#directory, number, old.size, reach);
    await old.close();
    const { path, size } = this.#writer;
    this.#retention.begin({ number, path, bytes: size, contents: new SegmentContents() });
  }

  #syncSoon(): void {
    if (this.#writer.syncedEnd === this.#writer.size) return;
    this.#syncTimer ??= this.#environment.clock.setTimer(this.#options.syncIntervalMs, () => {
      this.#syncTimer = undefined;
      if (this.#refusal() !== undefined) return;
      this.#filling.needsSync = true;
      this.#wake();
    });
  }

  #poison(group: Group, cause: unknown): void {
    if (cause instanceof AssertionError) throw cause;
    const { code: reason, data } = isCoreCacheError(cause) ? cause : { code: 'IO' as const, data: {} };
    const failure = new CoreCacheError('POISONED', `the log cannot be written: ${messageOf(cause)}`, {
      data: { ...data, reason },
      cause,
    });
    this.#failure = failure;
    this.#syncTimer?.cancel();
    const groups = [group, ...this.#full, this.#filling];
    this.#full = [];
    this.#filling = new Group();
    for (const { waiters } of groups) for (const waiter of waiters) waiter.logFailed(failure);
    this.#environment.logger.error('log is poisoned', { reason, cause: messageOf(cause) });
    this.#onPoisoned(failure);
  }
}

export interface CommitLogStats {
  readonly segmentCount: number;
  /** Of all segments. */
  readonly bytes: number;
  readonly unsyncedBytes: number;
  /** Since opening: records and bytes written, groups they were written in, syncs and the time in them. */
  readonly recordCount: number;
  readonly appendedBytes: number;
  readonly groupCount: number;
  readonly syncCount: number;
  readonly syncMs: number;
  readonly failure: CoreCacheError | undefined;
}

const MIB = 1024 * 1024;
/** Of a segment whose writers ask for none. */
const SYNCS_A_SEGMENT = 4;
/** Keeps a segment with the largest group behind it well inside the format's 32-bit offsets. */
const SEGMENT_BYTES_LIMIT = 1024 * MIB;
const PAYLOAD_BYTES_LIMIT = 1024 * MIB;
/** Made once: every record is held against the limit. */
const PAYLOAD_TOO_LONG = `a payload has at most ${PAYLOAD_BYTES_LIMIT} bytes`;
const HELD_BYTES_MAX = 1024 * MIB;
/** Later records begin another group: bounds the buffer, and the work that one bad checksum undoes. */
const GROUP_BYTES_FULL = 8 * MIB;
/** About a millisecond of small groups. */
const BLOCKING_BYTES_A_TURN = 64 * 1024;
/** Copied to the page cache in about 50 microseconds. */
const BLOCKING_WRITE_BYTES_MAX = 128 * 1024;
/** Promise reactions between an answer and the next append of a writer that awaits through a few async functions. */
const LINGER_ROUNDS = 12;
const NEXT_REACTION = Promise.resolve();
