/** The package's entry: the embeddable database. */
export { Database, type OpenOptions, type VerifyReport } from './store/database.js';
export { defaultDatabaseOptions, type DatabaseOptions } from './store/database-options.js';
export type {
  DeleteOperation,
  DeleteOptions,
  Durability,
  EntryVersion,
  PutOperation,
  PutOptions,
  ReadOptions,
  ScanOptions,
  Snapshot,
  StoredEntry,
  VersionCondition,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from './store/operations.js';
export type { RangeOptions } from './lsm/iterator/key-range.js';
export { CoreCacheError, isCoreCacheError, type ErrorCode } from './base/errors.js';
