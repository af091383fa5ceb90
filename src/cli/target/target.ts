import type {
  ClientDeleteOptions,
  ClientOperation,
  ClientPutOptions,
  ClientScanOptions,
  PutOutcome,
  ReadValue,
  ScannedEntry,
} from '../../client/client-types.js';

/** Where a command works: a running server or a directory of its own. Errors are those of `CoreCacheClient`. */
export interface Target {
  /** For people and for state files: the URL or the directory. */
  readonly name: string;
  get(key: Uint8Array): Promise<ReadValue | undefined>;
  put(key: Uint8Array, value: Uint8Array, options?: ClientPutOptions): Promise<PutOutcome>;
  /** False when there was nothing to delete. */
  delete(key: Uint8Array, options?: ClientDeleteOptions): Promise<boolean>;
  /** All or nothing. */
  write(operations: readonly ClientOperation[]): Promise<unknown>;
  scan(options: ClientScanOptions): AsyncIterable<ScannedEntry>;
  /** What it says of itself, as JSON. */
  status(): Promise<unknown>;
  close(): Promise<void>;
}
