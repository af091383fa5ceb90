/** The package's entry: the embeddable database. */
export { Database } from './store/database.js';
export { Batch, type BatchDeleteOptions, type BatchPutOptions } from './store/batch.js';
export { defaultDatabaseOptions, type DatabaseOptions, type OpenOptions } from './store/database-options.js';
export type { DatabaseStatistics } from './store/statistics.js';
export type { Problem } from './store/directory/problem.js';
export type { RepairOptions } from './store/repair/repair-database.js';
export type { RepairFinding, RepairLoss, RepairReport } from './store/repair/repair-report.js';
export type { ScanIterator } from './store/read/scan.js';
export type { Scannable } from './store/read/scannable.js';
export type { VerifyReport } from './store/directory/verification.js';
export type {
  DeleteOperation,
  DeleteOptions,
  Durability,
  EntryVersion,
  IncrementOptions,
  IncrementResult,
  PutOperation,
  PutOptions,
  RangeOptions,
  ReadOptions,
  ScanOptions,
  Snapshot,
  StoredEntry,
  VersionCondition,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from './store/operations.js';
export { CoreCacheError, isCoreCacheError, type ErrorCode } from './base/errors.js';
