/** What one record of an input says. */
export interface LoadRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** How long the value is to live from now on. */
  readonly ttlMs?: number;
  /** When the value is to end, in milliseconds since 1970; not together with `ttlMs`. */
  readonly expiresAtMs?: number;
  readonly contentType?: string;
}

/** Says, in words for people, why a record cannot be loaded. */
export class RefusedRecord extends Error {
  override readonly name = 'RefusedRecord';
}
