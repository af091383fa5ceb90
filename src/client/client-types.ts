/** What must be true of a key for a write of it to be carried out. ETags have their quotes. */
export type WriteCondition = { readonly ifMatch: string } | { readonly ifNoneMatch: '*' };

export interface ClientPutOptions {
  /** The value ends this long after the write. */
  readonly ttlMs?: number | undefined;
  readonly contentType?: string | undefined;
  readonly condition?: WriteCondition | undefined;
}

export interface ClientDeleteOptions {
  readonly ifMatch?: string | undefined;
}

export interface PutOutcome {
  readonly etag: string;
  /** False when it replaced a value. */
  readonly created: boolean;
}

/** A value and what was said of it. Dates are as HTTP writes them, to the second. */
export interface ReadValue {
  readonly value: Uint8Array;
  readonly etag: string;
  readonly contentType: string;
  readonly lastModified: string;
  /** Absent when it does not end. */
  readonly expires?: string;
}

/** One entry of a scan. Times are milliseconds since 1970. */
export interface ScannedEntry {
  readonly key: Uint8Array;
  /** Empty with `keysOnly`. */
  readonly value: Uint8Array;
  readonly etag: string;
  readonly writtenAtMs: number;
  readonly expiresAtMs?: number;
  readonly contentType?: string;
}

export interface ClientScanOptions {
  readonly prefix?: Uint8Array | undefined;
  /** First key, included. */
  readonly start?: Uint8Array | undefined;
  /** Last key, excluded. */
  readonly end?: Uint8Array | undefined;
  readonly reverse?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly keysOnly?: boolean | undefined;
}

export type ClientOperation =
  | ({ readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array } & ClientPutOptions)
  | ({ readonly type: 'delete'; readonly key: Uint8Array } & ClientDeleteOptions);
