import type { RangeOptions } from '../lsm/iterator/key-range.js';

export type { RangeOptions };

/**
 * When a write is acknowledged:
 *  - `fsync`: it is on the device;
 *  - `interval`: it is handed to the operating system, which is told to sync at most `syncIntervalMs` later;
 *  - `os`: it is handed to the operating system.
 */
export type Durability = 'fsync' | 'interval' | 'os';

/** Names one version of a key: what an ETag carries as `"<epoch>-<sequence>"`. */
export interface EntryVersion {
  readonly epoch: number;
  readonly sequence: number;
}

/**
 * What must be true of a key for an operation to be carried out: its present version is this one; it has no value; it has
 * one. An expired value is no value. Writes that are on their way to the log count as if they were there.
 */
export type VersionCondition = EntryVersion | 'absent' | 'present';

export interface PutOperation {
  readonly type: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** The value ends this long after the write is accepted. */
  readonly ttlMs?: number | undefined;
  readonly contentType?: string | undefined;
  readonly ifVersion?: VersionCondition | undefined;
}

export interface DeleteOperation {
  readonly type: 'delete';
  readonly key: Uint8Array;
  readonly ifVersion?: VersionCondition | undefined;
}

export type WriteOperation = PutOperation | DeleteOperation;

export interface WriteOptions {
  readonly durability?: Durability | undefined;
  /** Find out what each operation replaced (`WriteResult.replaced`). Costs a read a key. */
  readonly reportReplaced?: boolean | undefined;
}

export type PutOptions = WriteOptions & Pick<PutOperation, 'ttlMs' | 'contentType' | 'ifVersion'>;
export type DeleteOptions = WriteOptions & Pick<DeleteOperation, 'ifVersion'>;

export interface WriteResult extends EntryVersion {
  /** By operation: the version it replaced, or `undefined` where the key had no value. Only with `reportReplaced`. */
  readonly replaced?: readonly (EntryVersion | undefined)[];
}

export type IncrementOptions = Pick<WriteOptions, 'durability'>;

export interface IncrementResult extends EntryVersion {
  /** What the key holds by this write: a signed 64-bit number. */
  readonly value: bigint;
}

/** A value and all that is stored with it. The bytes are the caller's own. */
export interface StoredEntry extends EntryVersion {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly writtenAtMs: number;
  /** 0 when it does not expire. */
  readonly expiresAtMs: number;
  /** Empty when none was given. */
  readonly contentType: string;
}

/**
 * A consistent view of the past: what was written by `sequence`, and nothing later. Time is not held: a value that has a
 * time to live ends in a snapshot too. Holds back the cleaning up of what it can see, so release it.
 */
export interface Snapshot {
  readonly sequence: number;
  /** Once is enough; more does nothing. */
  release(): void;
}

export interface ReadOptions {
  readonly snapshot?: Snapshot | undefined;
}

export interface ScanOptions extends RangeOptions, ReadOptions {
  readonly reverse?: boolean | undefined;
  /** Most entries to return. */
  readonly limit?: number | undefined;
  /** Every value is empty; those that are kept apart from tables are not read. */
  readonly keysOnly?: boolean | undefined;
}
