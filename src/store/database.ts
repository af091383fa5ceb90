import { asError } from '../base/as-error.js';
import type { Batch } from './batch.js';
import { CoreCacheError } from '../base/errors.js';
import { toKeyRange, type RangeOptions } from '../lsm/iterator/key-range.js';
import type { Entry } from '../lsm/entry.js';
import { writeCheckpoint } from './directory/checkpoint.js';
import type { OpenOptions } from './database-options.js';
import { closeParts, openParts, type DatabaseParts } from './directory/database-parts.js';
import type {
  DeleteOptions,
  IncrementOptions,
  IncrementResult,
  PutOptions,
  ReadOptions,
  ScanOptions,
  Snapshot,
  StoredEntry,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from './operations.js';
import { PointReads } from './read/point-reads.js';
import { ReadTurns } from './read/read-turns.js';
import { Scannable } from './read/scannable.js';
import { Scans } from './read/scans.js';
import { toPair, toStoredEntry } from './read/scan.js';
import { Snapshots } from './read/snapshots.js';
import { repairDatabase, type RepairOptions } from './repair/repair-database.js';
import type { RepairReport } from './repair/repair-report.js';
import { collectStatistics, type DatabaseStatistics } from './statistics.js';
import { verifyDatabase, type VerifyReport } from './directory/verification.js';
import { WriteLimits } from './write/write-limits.js';
import { WritePipeline } from './write/write-pipeline.js';

/**
 * A key-value store in one directory, for one process at a time.
 *
 * Keys are 1 to `keyBytesMax` bytes, ordered bytewise; values 0 to `valueBytesMax`. Bytes that are handed in may be used
 * again as soon as the call has returned; bytes that are handed out are the caller's own. An absent key is `undefined`,
 * never an error. Every call may throw, or reject with, a `CoreCacheError`; after `close` its code is `CLOSED`.
 *
 * A write whose promise is fulfilled is as durable as it asked for, and every read that begins after that sees it. Of
 * writes that were not waited for, those called first come first. Once the log has failed, `failure` is set: writes
 * answer `POISONED`, reads go on with what was acknowledged, and the way back is `close` and `open`.
 */
export class Database {
  readonly #parts: DatabaseParts;
  readonly #pipeline: WritePipeline;
  readonly #snapshots: Snapshots;
  readonly #reads: PointReads;
  readonly #scans: Scans;
  /** Checkpoints and verifications under way. */
  readonly #maintenance = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined = undefined;

  private constructor(parts: DatabaseParts) {
    const { partition, environment, options } = parts;
    const { tree } = partition;
    const { clock } = environment;
    const limits = new WriteLimits(options);
    const snapshots = new Snapshots(tree);
    const turns = new ReadTurns(clock);
    this.#parts = parts;
    this.#snapshots = snapshots;
    this.#pipeline = new WritePipeline(partition, clock, limits, options);
    this.#reads = new PointReads({ tree, snapshots, limits, clock, turns });
    this.#scans = new Scans({ tree, snapshots, clock, turns });
  }

  /**
   * Opens the database in `directory`, or makes one there (see `createIfMissing`). A database that was not closed, for
   * its process or machine died, is brought to its last acknowledged write.
   * @throws CoreCacheError `LOCKED` when it is open already, in this process or another; `NOT_A_DATABASE` when the
   *   directory holds something else; `NEWER_FORMAT`; `CORRUPTION` with file and offset; in each case nothing was changed
   */
  static async open(directory: string, options: OpenOptions = {}): Promise<Database> {
    return new Database(await openParts(directory, options));
  }

  /**
   * Makes a damaged database one that opens, out of all that can still be read, and says what could not be saved. What is
   * taken out of use is moved to `lost/` in the directory, never deleted. It may need as much room as the tables take.
   * @throws CoreCacheError `LOCKED`; `NOT_A_DATABASE`; `NEWER_FORMAT`; what the file system says
   */
  static repair(directory: string, options: RepairOptions = {}): Promise<RepairReport> {
    return repairDatabase(directory, options);
  }

  get directory(): string {
    return this.#parts.directory.path;
  }

  /** Of this copy of the data; a checkpoint has another. */
  get storeUuid(): string {
    return this.#parts.directory.storeUuid;
  }

  /** What the next write will carry. */
  get epoch(): number {
    return this.#parts.partition.epoch;
  }

  /** Of the newest write that reads see. */
  get lastSequence(): number {
    return this.#parts.partition.tree.lastSequence;
  }

  /** Set once the log has failed. */
  get failure(): CoreCacheError | undefined {
    return this.#parts.partition.failure;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** @throws CoreCacheError `CONDITION_FAILED` when `ifVersion` does not hold; the present version is in `data` */
  put(key: Uint8Array, value: Uint8Array, options?: PutOptions): Promise<WriteResult> {
    try {
      this.#requireOpen();
      return this.#pipeline.put(key, value, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** Deleting an absent key is fine. */
  delete(key: Uint8Array, options?: DeleteOptions): Promise<WriteResult> {
    try {
      this.#requireOpen();
      return this.#pipeline.delete(key, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /**
   * All operations or none, under one version; of two on the same key, the later one stays. Conditions and replaced versions
   * are those before the batch. Where operations come one after the other, a `Batch` is the cheaper form.
   */
  write(operations: readonly WriteOperation[] | Batch, options?: WriteOptions): Promise<WriteResult> {
    try {
      this.#requireOpen();
      return this.#pipeline.write(operations, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /**
   * Adds `by` to the number that the key holds as decimal text, and makes it `by` when the key has no value. Numbers are
   * signed and of 64 bits; time to live and content type stay. Increments that overlap add up, whoever writes between.
   * @throws CoreCacheError `NOT_A_NUMBER` when the value is no such text; `OVERFLOW` when the sum has no room in 64 bits
   */
  increment(key: Uint8Array, by: number | bigint = 1, options?: IncrementOptions): Promise<IncrementResult> {
    try {
      this.#requireOpen();
      return this.#pipeline.increment(key, by, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** The value; `undefined` when the key has none. */
  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined> {
    try {
      this.#requireOpen();
      return this.#reads.get(key, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** Whether the key has a value. A value that is kept apart is not read for it. */
  has(key: Uint8Array, options?: ReadOptions): Promise<boolean> {
    try {
      this.#requireOpen();
      return this.#reads.has(key, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /**
   * The values of many keys, in the order of the keys, all as of the moment of the call, and without a promise for each.
   * A snapshot is to be held until the answer is there.
   */
  multiGet(keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | undefined)[]> {
    try {
      this.#requireOpen();
      return this.#reads.multiGet(keys, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** As `get`, waiting for the disk on this thread when the value is not in memory. */
  getSync(key: Uint8Array, options?: ReadOptions): Uint8Array | undefined {
    this.#requireOpen();
    return this.#reads.getSync(key, options);
  }

  getEntry(key: Uint8Array, options?: ReadOptions): Promise<StoredEntry | undefined> {
    try {
      this.#requireOpen();
      return this.#reads.getEntry(key, options);
    } catch (error) {
      return Promise.reject(asError(error));
    }
  }

  /** Keys and values in order, as the database is when the walk begins. @throws CoreCacheError `INVALID_ARGUMENT` */
  scan(options: ScanOptions = {}): Scannable<[Uint8Array, Uint8Array]> {
    return this.#scanned(options, toPair);
  }

  scanEntries(options: ScanOptions = {}): Scannable<StoredEntry> {
    return this.#scanned(options, toStoredEntry);
  }

  snapshot(): Snapshot {
    this.#requireOpen();
    return this.#snapshots.take();
  }

  /**
   * Raises the epoch for good: durable when this resolves. Writes that are called later carry it.
   * @throws CoreCacheError `CONFLICT` unless `epoch` is above the present one
   */
  async beginEpoch(epoch: number): Promise<void> {
    this.#requireOpen();
    await this.#pipeline.beginEpoch(epoch);
  }

  /** Brings all that is acknowledged from memory into tables. */
  async flush(): Promise<void> {
    this.#requireOpen();
    await this.#parts.partition.tree.flush();
  }

  /** Merges the tables that hold keys of the range, down to the lowest level, and drops what nobody can see any more. */
  async compact(range: RangeOptions = {}): Promise<void> {
    this.#requireOpen();
    await this.#parts.partition.tree.compact(toKeyRange(range));
  }

  /**
   * Makes a database of its own in `directory`, which must be absent or empty and on the same device: it shares the
   * tables by hard links. It holds all that was acknowledged when this was called, and maybe later writes.
   */
  async checkpoint(directory: string): Promise<void> {
    this.#requireOpen();
    await this.#maintain(writeCheckpoint(this.#parts, directory));
  }

  /** Reads everything there is on disk and checks it. Problems are reported, not thrown. */
  async verify(): Promise<VerifyReport> {
    this.#requireOpen();
    return await this.#maintain(verifyDatabase(this.#parts));
  }

  stats(): DatabaseStatistics {
    this.#requireOpen();
    return collectStatistics(this.#parts, this.#pipeline, this.#scans, this.#snapshots);
  }

  /**
   * Answers what is in flight, ends open scans with `CLOSED`, syncs the log, and gives the directory free. What is in
   * memory only is in the log, and comes back from there. More calls wait for the first.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const reason = closedError(this.directory);
    await this.#pipeline.close(reason);
    await this.#scans.close(reason);
    await this.#reads.quiet();
    this.#snapshots.releaseAll();
    // Closing the tree cuts them short; what is left of them must not meet the directory's next owner.
    await closeParts(this.#parts, () => Promise.allSettled(this.#maintenance));
  }

  /** Work on files that `close` has to see the end of. */
  async #maintain<T>(work: Promise<T>): Promise<T> {
    this.#maintenance.add(work);
    try {
      return await work;
    } finally {
      this.#maintenance.delete(work);
    }
  }

  #scanned<Item>(options: ScanOptions, toItem: (entry: Entry) => Item): Scannable<Item> {
    this.#requireOpen();
    const plan = this.#scans.plan(options, toItem);
    return new Scannable(() => {
      this.#requireOpen();
      return this.#scans.begin(plan);
    });
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.directory);
  }
}

function closedError(directory: string): CoreCacheError {
  return new CoreCacheError('CLOSED', `the database in ${directory} is closed`, { data: { directory } });
}
