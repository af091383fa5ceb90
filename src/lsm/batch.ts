import type { Entry, Operation } from './entry.js';

/** One operation of a batch. `value` is for puts. */
export interface BatchOperation {
  readonly operation: Operation;
  readonly key: Uint8Array;
  readonly value?: Uint8Array | undefined;
  /** Milliseconds since 1970, or `NEVER_EXPIRES`. */
  readonly expiresAtMs: number;
  /** Empty for none. */
  readonly contentType: string;
}

export declare function encodeBatch(operations: readonly BatchOperation[], writtenAtMs: number): Uint8Array;
export declare function encodePut(
  key: Uint8Array,
  value: Uint8Array,
  writtenAtMs: number,
  expiresAtMs: number,
  contentType: string,
): Uint8Array;
export declare function encodeDelete(key: Uint8Array, writtenAtMs: number): Uint8Array;

/** @throws CoreCacheError `CORRUPTION` or `NEWER_FORMAT`, from the constructor and from `next` */
export declare class BatchReader {
  constructor(batch: Uint8Array);
  readonly writtenAtMs: number;
  readonly count: number;
  /** Shows the operation that `next` came to; sequence and epoch are 0. The same object throughout. */
  readonly entry: Entry;
  next(): boolean;
}
