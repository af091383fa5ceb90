import type { CoreCacheError } from '../base/errors.js';
import type { Epoch, PartitionId, Sequence } from '../base/numbers.js';

/** What a record says. The numbers are on disk and never change. */
export const LogRecordKind = { write: 1, noop: 2, truncate: 3 } as const;
export type LogRecordKind = (typeof LogRecordKind)[keyof typeof LogRecordKind];

/** When a record counts as logged: synced; written, and synced within the interval; written. */
export type LogDurability = 'fsync' | 'interval' | 'os';

/** One entry of one partition's history. The log does not look into the payload. */
export interface LogRecord {
  readonly kind: LogRecordKind;
  readonly partition: PartitionId;
  readonly epoch: Epoch;
  /** Its position; for `truncate` the last position that is kept: everything of the partition above it is void. */
  readonly sequence: Sequence;
  readonly payload: Uint8Array;
}

/**
 * Told when the record is as durable as it asked for: in the order of appending, exactly one of the two, exactly once.
 * An interface and not a promise, so that a record costs the log no allocation.
 */
export interface LogWaiter {
  logged(): void;
  /** `POISONED` (the record may be on the device or not) or `CLOSED` (it is not). */
  logFailed(error: CoreCacheError): void;
}
