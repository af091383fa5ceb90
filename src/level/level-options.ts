import type {
  AbstractBatchOperation,
  AbstractBatchOptions,
  AbstractChainedBatch,
  AbstractChainedBatchWriteOptions,
  AbstractDatabaseOptions,
  AbstractDelOptions,
  AbstractOpenOptions,
  AbstractPutOptions,
  Transcoder,
} from 'abstract-level';
import type { OpenOptions } from '../store/database-options.js';
import type { WriteOptions } from '../store/operations.js';

/**
 * How to open. The names are those of `classic-level`, so that its users change one line; sizes are bytes. Options of it
 * that have no meaning here (`compression`, `maxOpenFiles`, `multithreading`) are taken, and do nothing.
 */
export interface LevelOpenOptions extends AbstractOpenOptions {
  /** Blocks, rows, filters and indexes kept in memory. */
  readonly cacheSize?: number | undefined;
  /** A memtable is flushed at this size. */
  readonly writeBufferSize?: number | undefined;
  readonly blockSize?: number | undefined;
  readonly blockRestartInterval?: number | undefined;
  readonly maxFileSize?: number | undefined;
  /** Everything else that a CoreCache database can be told; wins over the names above. */
  readonly database?: OpenOptions | undefined;
}

/** What the constructor takes: the encodings of Level, and how to open. */
export interface LevelOptions<K, V> extends AbstractDatabaseOptions<K, V>, Omit<LevelOpenOptions, 'passive'> {}

/**
 * As in `classic-level`, a write is handed to the operating system and survives the end of the process, and only one
 * with `sync: true` is on the device, and survives a power cut, when it is answered. Who wants that of every write opens
 * with `database: { durability: 'fsync' }`.
 */
export interface WriteDurability {
  readonly sync?: boolean | undefined;
}

export interface PutOptions<K, V> extends AbstractPutOptions<K, V>, WriteDurability {}
export interface DelOptions<K> extends AbstractDelOptions<K>, WriteDurability {}
export interface BatchOptions<K, V> extends AbstractBatchOptions<K, V>, WriteDurability {}
export interface ChainedBatchWriteOptions extends AbstractChainedBatchWriteOptions, WriteDurability {}

export type BatchOperation<TDatabase, K, V> = AbstractBatchOperation<TDatabase, K, V>;

export interface ChainedBatch<TDatabase, K, V> extends AbstractChainedBatch<TDatabase, K, V> {
  write(options?: ChainedBatchWriteOptions): Promise<void>;
}

export interface CompactRangeOptions<K> {
  readonly keyEncoding?: string | Transcoder.PartialEncoder<K> | undefined;
}

/** In the words of the database. Level's keys may be empty. */
export function toOpenOptions(options: LevelOpenOptions): OpenOptions {
  return {
    keyBytesMin: 0,
    durability: 'os',
    ...given('cacheBytesMax', options.cacheSize),
    ...given('memtableBytesMax', options.writeBufferSize),
    ...given('blockBytes', options.blockSize),
    ...given('blockRestartInterval', options.blockRestartInterval),
    ...given('tableBytesMax', options.maxFileSize),
    ...given('createIfMissing', options.createIfMissing),
    ...given('errorIfExists', options.errorIfExists),
    ...options.database,
  };
}

export function toWriteOptions({ sync }: WriteDurability): WriteOptions | undefined {
  return sync === true ? { durability: 'fsync' } : undefined;
}

function given<Name extends keyof OpenOptions>(name: Name, value: OpenOptions[Name] | undefined): OpenOptions {
  return value === undefined ? {} : { [name]: value };
}
