/** The package's entry for users of Level: the database behind the interface of `abstract-level`. */
export { CoreCacheLevel } from './level/corecache-level.js';
export { LevelError } from './level/level-error.js';
export type {
  BatchOperation,
  BatchOptions,
  ChainedBatch,
  ChainedBatchWriteOptions,
  CompactRangeOptions,
  DelOptions,
  LevelOpenOptions,
  LevelOptions,
  PutOptions,
  WriteDurability,
} from './level/level-options.js';
