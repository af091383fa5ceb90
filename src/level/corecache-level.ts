import { AbstractLevel, type AbstractSnapshot, type Transcoder } from 'abstract-level';
import { Batch } from '../store/batch.js';
import { Database } from '../store/database.js';
import type { WriteOperation } from '../store/operations.js';
import { bytesBetween, type ByteRange } from './byte-range.js';
import { LevelError, levelError } from './level-error.js';
import { LevelIterator, type IteratorPlan } from './level-iterator.js';
import {
  toOpenOptions,
  toWriteOptions,
  type BatchOperation,
  type BatchOptions,
  type ChainedBatch,
  type CompactRangeOptions,
  type DelOptions,
  type LevelOptions,
  type LevelOpenOptions,
  type PutOptions,
  type WriteDurability,
} from './level-options.js';
import { LevelSnapshot, type SnapshotOwner } from './level-snapshot.js';

/** Deletes of one write of `clear`: enough to share a sync, few enough to leave others their turn. */
const CLEAR_BATCH = 1000;

/** What this implementation can do, for packages that ask (`db.supports`). */
const manifest = {
  encodings: { buffer: true },
  has: true,
  getSync: true,
  seek: true,
  implicitSnapshots: true,
  explicitSnapshots: true,
  permanence: true,
  createIfMissing: true,
  errorIfExists: true,
  deferredOpen: true,
  additionalMethods: { compactRange: true },
  signals: { iterators: true },
};

/**
 * A CoreCache database behind the interface of `abstract-level`: what runs on `classic-level` runs on this one.
 *
 * Inside, keys and values are bytes (`Buffer`); the encodings of Level are laid over them by `abstract-level`, whose
 * documentation describes every public method. The methods with an underscore are its private interface: it calls them
 * with encoded keys and values, only while the database is open, and holds a reference on a snapshot while it is read.
 *
 * Errors are `LevelError`s with a code of Level's; the `CoreCacheError` is their `cause`.
 */
export class CoreCacheLevel<KDefault = string, VDefault = string> extends AbstractLevel<Buffer, KDefault, VDefault> {
  readonly #location: string;
  #open: Database | undefined = undefined;
  readonly #batch = new Batch();

  /**
   * @param location directory of the database
   * @throws TypeError when `location` is no string, or empty
   */
  constructor(location: string, options?: LevelOptions<KDefault, VDefault>) {
    if (typeof location !== 'string' || location === '') {
      throw new TypeError("The first argument 'location' must be a non-empty string");
    }
    super(manifest, options);
    this.#location = location;
  }

  get location(): string {
    return this.#location;
  }

  /**
   * The database underneath, for what Level has no word for: checkpoints, verification, statistics, conditional writes.
   * @throws LevelError `LEVEL_DATABASE_NOT_OPEN`
   */
  get database(): Database {
    if (this.#open === undefined) throw new LevelError('LEVEL_DATABASE_NOT_OPEN', 'Database is not open');
    return this.#open;
  }

  override put(key: KDefault, value: VDefault): Promise<void>;
  override put<K = KDefault, V = VDefault>(key: K, value: V, options: PutOptions<K, V>): Promise<void>;
  override put(key: KDefault, value: VDefault, options?: PutOptions<KDefault, VDefault>): Promise<void> {
    return options === undefined ? super.put(key, value) : super.put(key, value, options);
  }

  override del(key: KDefault): Promise<void>;
  override del<K = KDefault>(key: K, options: DelOptions<K>): Promise<void>;
  override del(key: KDefault, options?: DelOptions<KDefault>): Promise<void> {
    return options === undefined ? super.del(key) : super.del(key, options);
  }

  override batch(operations: BatchOperation<typeof this, KDefault, VDefault>[]): Promise<void>;
  override batch<K = KDefault, V = VDefault>(
    operations: BatchOperation<typeof this, K, V>[],
    options: BatchOptions<K, V>,
  ): Promise<void>;
  override batch(): ChainedBatch<typeof this, KDefault, VDefault>;
  override batch(
    ...given: [
      operations?: BatchOperation<typeof this, KDefault, VDefault>[],
      options?: BatchOptions<KDefault, VDefault>,
    ]
  ): Promise<void> | ChainedBatch<typeof this, KDefault, VDefault> {
    // Level tells a chained batch from one without operations by the number of arguments.
    if (given.length === 0) return super.batch();
    const [operations, options] = given;
    return super.batch(operations as BatchOperation<this, KDefault, VDefault>[], options ?? {});
  }

  /** Merges what is on disk from `start` to `end`, both included, and drops what nobody can see any more. */
  async compactRange<K = KDefault>(start: K, end: K, options?: CompactRangeOptions<K>): Promise<void> {
    if (this.status === 'opening') return this.deferAsync(() => this.compactRange(start, end, options));
    const { database } = this;
    // The package's types know no `undefined` here, which its code takes for the default.
    const encoding = this.keyEncoding<K, K>(options?.keyEncoding as Transcoder.MixedEncoding<K, Buffer, K>);
    const [gte, lte] = [encoding.encode(start), encoding.encode(end)];
    await orLevelError(() => database.compact({ gte, lte }));
  }

  async _open(options: LevelOpenOptions): Promise<void> {
    this.#open = await orLevelError(() => Database.open(this.#location, toOpenOptions(options)));
  }

  async _close(): Promise<void> {
    // A database that could not be closed well is closed all the same, and says so once.
    const open = this.#open;
    this.#open = undefined;
    await orLevelError(() => open?.close() ?? Promise.resolve());
  }

  _get(key: Buffer, { snapshot }: WithSnapshot): Promise<Uint8Array | undefined> {
    return orLevelError(() => this.database.get(key, snapshot?.readOptions));
  }

  _getSync(key: Buffer, { snapshot }: WithSnapshot): Uint8Array | undefined {
    try {
      return this.database.getSync(key, snapshot?.readOptions);
    } catch (error) {
      throw levelError(error);
    }
  }

  _getMany(keys: readonly Buffer[], { snapshot }: WithSnapshot): Promise<(Uint8Array | undefined)[]> {
    return orLevelError(() => this.database.multiGet(keys, snapshot?.readOptions));
  }

  _has(key: Buffer, { snapshot }: WithSnapshot): Promise<boolean> {
    return orLevelError(() => this.database.has(key, snapshot?.readOptions));
  }

  _hasMany(keys: readonly Buffer[], { snapshot }: WithSnapshot): Promise<boolean[]> {
    return orLevelError(() => Promise.all(keys.map((key) => this.database.has(key, snapshot?.readOptions))));
  }

  async _put(key: Buffer, value: Buffer, options: WriteDurability): Promise<void> {
    await orLevelError(() => this.database.put(key, value, toWriteOptions(options)));
  }

  async _del(key: Buffer, options: WriteDurability): Promise<void> {
    await orLevelError(() => this.database.delete(key, toWriteOptions(options)));
  }

  async _batch(operations: readonly EncodedOperation[], options: WriteDurability): Promise<void> {
    if (operations.length === 0) return;
    await orLevelError(() => this.database.write(this.#encoded(operations), toWriteOptions(options)));
  }

  async _clear(options: ClearPlan): Promise<void> {
    await orLevelError(() => this.#clear(options));
  }

  _iterator(options: IteratorPlan): LevelIterator<this> {
    return new LevelIterator(this, this.database, options);
  }

  _snapshot(options: SnapshotOwner): AbstractSnapshot {
    return new LevelSnapshot(options, this.database.snapshot());
  }

  /** In the batch that is used for all: `write` keeps nothing of it. */
  #encoded(operations: readonly EncodedOperation[]): Batch {
    const batch = this.#batch.clear();
    for (const operation of operations) {
      if (operation.type === 'put') batch.put(operation.key, operation.value);
      else batch.delete(operation.key);
    }
    return batch;
  }

  /** What is there when it begins, in several writes: like every implementation of Level, `clear` is not atomic. */
  async #clear({ reverse, limit, snapshot, sync, ...range }: ClearPlan): Promise<void> {
    const { database } = this;
    const entries = database.scan({
      ...bytesBetween(range),
      ...snapshot?.readOptions,
      reverse,
      keysOnly: true,
      ...(limit < 0 ? {} : { limit }),
    });
    let deletes: WriteOperation[] = [];
    for await (const [key] of entries) {
      if (deletes.push({ type: 'delete', key }) < CLEAR_BATCH) continue;
      await database.write(deletes, toWriteOptions({ sync }));
      deletes = [];
    }
    if (deletes.length > 0) await database.write(deletes, toWriteOptions({ sync }));
  }
}

interface WithSnapshot {
  readonly snapshot?: LevelSnapshot | undefined;
}

interface ClearPlan extends ByteRange, WithSnapshot, WriteDurability {
  readonly reverse: boolean;
  /** Below 0 for no limit. */
  readonly limit: number;
}

type EncodedOperation =
  | { readonly type: 'put'; readonly key: Buffer; readonly value: Buffer }
  | { readonly type: 'del'; readonly key: Buffer };

async function orLevelError<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw levelError(error);
  }
}
