import type { CoreCacheError } from '../base/errors.js';
import type { Environment } from '../env/environment.js';
import type { LogReach } from './log-reach.js';
import type { LogRecord } from './log-record.js';

export interface CommitLogSetup {
  readonly environment: Environment;
  readonly directory: string;
  readonly options: CommitLogOptions;
  readonly onRecord: (record: LogRecord) => void;
  /**
   * Told once, after all records and before anything is changed, how far the log had got: at least so far must its records
   * go, together with what their owners had stored elsewhere when segments were released. What it throws ends the opening.
   */
  readonly onReplayed?: (reach: LogReach) => void;
  /** Told once, after all waiters were. */
  readonly onPoisoned?: (error: CoreCacheError) => void;
}

export interface CommitLogOptions {
  /** A segment that has this many bytes is followed by a new one; at most 1 GiB. A record is never split. */
  readonly segmentBytesMax: number;
  /** Longest time from the writing of a record with durability `interval` to its sync. */
  readonly syncIntervalMs: number;
  /** Most bytes of segments that are kept for holds only; 1 GiB when not given. */
  readonly heldBytesMax?: number;
}
