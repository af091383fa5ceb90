import type { Environment } from '../env/environment.js';
import type { DatabaseOptions } from './database-options.js';
import type {
  DeleteOptions,
  PutOptions,
  ReadOptions,
  ScanOptions,
  Snapshot,
  StoredEntry,
  WriteOperation,
  WriteOptions,
  WriteResult,
} from './operations.js';
import type { RangeOptions } from '../lsm/iterator/key-range.js';

export type OpenOptions = Partial<DatabaseOptions> & { readonly environment?: Environment };

/** What `verify` found. */
export interface VerifyReport {
  readonly filesChecked: number;
  readonly recordsChecked: number;
  readonly entriesChecked: number;
  /** Empty when all is well. Each says file, offset and what is wrong. */
  readonly problems: readonly { readonly file: string; readonly offset: number | undefined; readonly what: string }[];
}

/** Signatures only; the bodies follow. */
export interface DatabaseShape {
  readonly directory: string;
  readonly storeUuid: string;
  readonly epoch: number;
  readonly lastSequence: number;
  /** Set once the log has failed: writes answer `POISONED`; close and open again. */
  readonly failure: Error | undefined;
  put(key: Uint8Array, value: Uint8Array, options?: PutOptions): Promise<WriteResult>;
  delete(key: Uint8Array, options?: DeleteOptions): Promise<WriteResult>;
  write(operations: readonly WriteOperation[], options?: WriteOptions): Promise<WriteResult>;
  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array, options?: ReadOptions): Uint8Array | undefined;
  getEntry(key: Uint8Array, options?: ReadOptions): Promise<StoredEntry | undefined>;
  scan(options?: ScanOptions): AsyncIterable<[Uint8Array, Uint8Array]>;
  scanEntries(options?: ScanOptions): AsyncIterable<StoredEntry>;
  snapshot(): Snapshot;
  beginEpoch(epoch: number): Promise<void>;
  flush(): Promise<void>;
  compact(range?: RangeOptions): Promise<void>;
  checkpoint(directory: string): Promise<void>;
  verify(): Promise<VerifyReport>;
  stats(): unknown;
  close(): Promise<void>;
}

export declare class Database implements DatabaseShape {
  static open(directory: string, options?: OpenOptions): Promise<Database>;
  readonly directory: string;
  readonly storeUuid: string;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly failure: Error | undefined;
  put(key: Uint8Array, value: Uint8Array, options?: PutOptions): Promise<WriteResult>;
  delete(key: Uint8Array, options?: DeleteOptions): Promise<WriteResult>;
  write(operations: readonly WriteOperation[], options?: WriteOptions): Promise<WriteResult>;
  get(key: Uint8Array, options?: ReadOptions): Promise<Uint8Array | undefined>;
  getSync(key: Uint8Array, options?: ReadOptions): Uint8Array | undefined;
  getEntry(key: Uint8Array, options?: ReadOptions): Promise<StoredEntry | undefined>;
  scan(options?: ScanOptions): AsyncIterable<[Uint8Array, Uint8Array]>;
  scanEntries(options?: ScanOptions): AsyncIterable<StoredEntry>;
  snapshot(): Snapshot;
  beginEpoch(epoch: number): Promise<void>;
  flush(): Promise<void>;
  compact(range?: RangeOptions): Promise<void>;
  checkpoint(directory: string): Promise<void>;
  verify(): Promise<VerifyReport>;
  stats(): unknown;
  close(): Promise<void>;
}
