import { CoreCacheError } from '../base/errors.js';
import type { DeleteOperation, PutOperation } from './operations.js';
import { BatchContents } from './write/batch-contents.js';
import { checkCondition, checkContentType, checkTtl, requireBytes } from './write/write-limits.js';

export type BatchPutOptions = Pick<PutOperation, 'ttlMs' | 'contentType' | 'ifVersion'>;
export type BatchDeleteOptions = Pick<DeleteOperation, 'ifVersion'>;

/** What a batch holds; for the database that writes it. */
export let contentsOf: (batch: Batch) => BatchContents;

/**
 * Operations to be written in one step by `Database.write`: all or none, under one version. What it means is what the same
 * operations mean in an array; it costs less, for each is encoded as it is added, in the form in which the log takes it,
 * and nothing is kept but those bytes.
 *
 * Keys and values are copied when they are added. A batch is as it is when `write` is called, whatever is done to it
 * after; it may be written again, to any database, and a time to live counts from each writing anew. How large keys,
 * values and the batch may be is the database's to say: too large a one is refused by `write`, as an array is.
 */
export class Batch {
  readonly #contents = new BatchContents();

  static {
    contentsOf = (batch) => batch.#contents;
  }

  static isBatch(given: unknown): given is Batch {
    return typeof given === 'object' && given !== null && #contents in given;
  }

  /** Operations. */
  get count(): number {
    return this.#contents.count;
  }

  /** Bytes of all keys and values: what `batchBytesMax` limits. */
  get byteLength(): number {
    return this.#contents.byteLength;
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` for what no database takes; then nothing was added */
  put(key: Uint8Array, value: Uint8Array, options?: BatchPutOptions): this {
    requireBytes('key', key);
    requireBytes('value', value);
    if (options === undefined) this.#contents.put(key, value, undefined, undefined, undefined);
    else {
      const { ttlMs, contentType, ifVersion } = options;
      checkTtl(ttlMs);
      checkContentType(contentType);
      checkCondition(ifVersion);
      this.#contents.put(key, value, ttlMs, contentType, ifVersion);
    }
    return this;
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` for what no database takes; then nothing was added */
  delete(key: Uint8Array, options?: BatchDeleteOptions): this {
    requireBytes('key', key);
    checkCondition(options?.ifVersion);
    this.#contents.delete(key, options?.ifVersion);
    return this;
  }

  /**
   * Adds what `other` holds now, in its order, behind what is here: of two operations on a key the later stays.
   * @throws CoreCacheError `INVALID_ARGUMENT` unless it is a batch
   */
  append(other: Batch): this {
    if (!Batch.isBatch(other)) throw new CoreCacheError('INVALID_ARGUMENT', 'only a Batch can be appended to a batch');
    this.#contents.append(other.#contents);
    return this;
  }

  /** Makes it empty, to be filled again in the same memory. */
  clear(): this {
    this.#contents.clear();
    return this;
  }
}
