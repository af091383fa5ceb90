import type { RangeOptions } from '../lsm/iterator/key-range.js';

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

export interface PutOperation {
  readonly type: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** The value ends this long after the write is accepted. */
  readonly ttlMs?: number | undefined;
  readonly contentType?: string | undefined;
  /** Only when the key's present version is this one, or `'absent'`: only when the key has no value. */
  readonly ifVersion?: EntryVersion | 'absent' | undefined;
}

export interface DeleteOperation {
  readonly type: 'delete';
  readonly key: Uint8Array;
  readonly ifVersion?: EntryVersion | undefined;
}

export type WriteOperation = PutOperation | DeleteOperation;

export interface WriteOptions {
  readonly durability?: Durability | undefined;
  /** Find out what each operation replaced (`WriteResult.replaced`). Costs a read a key. */
  readonly reportReplaced?: boolean | undefined;
}

export interface WriteResult extends EntryVersion {
  /** By operation: the version it replaced, or `undefined` where the key had no value. Only with `reportReplaced`. */
  readonly replaced?: readonly (EntryVersion | undefined)[];
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

/** A consistent view of the past. Holds back the cleaning up of what it can see, so release it. */
export interface Snapshot {
  readonly sequence: number;
  release(): void;
}

export interface ReadOptions {
  readonly snapshot?: Snapshot | undefined;
}

export interface ScanOptions extends RangeOptions, ReadOptions {
  readonly reverse?: boolean | undefined;
  /** Most entries to return. */
  readonly limit?: number | undefined;
}
