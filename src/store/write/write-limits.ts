import { CoreCacheError } from '../../base/errors.js';
import { NEVER_EXPIRES } from '../../lsm/entry.js';
import type { DatabaseOptions } from '../database-options.js';
import type { VersionCondition, WriteOperation } from '../operations.js';
import type { BatchContents } from './batch-contents.js';

/** A hundred years: past any use, and far from where milliseconds stop being safe integers. */
const TTL_MS_MAX = 100 * 365.25 * 24 * 3600 * 1000;
/** RFC 6838 allows 127 characters for each half of a media type; parameters come after. */
const CONTENT_TYPE_LENGTH_MAX = 255;

/** What a write may look like. Every check throws `CoreCacheError` and names what is allowed. */
export class WriteLimits {
  readonly #keyBytesMin: number;
  readonly #keyBytesMax: number;
  readonly #valueBytesMax: number;
  readonly #batchBytesMax: number;

  constructor(options: Pick<DatabaseOptions, 'keyBytesMin' | 'keyBytesMax' | 'valueBytesMax' | 'batchBytesMax'>) {
    this.#keyBytesMin = options.keyBytesMin;
    this.#keyBytesMax = options.keyBytesMax;
    this.#valueBytesMax = options.valueBytesMax;
    this.#batchBytesMax = options.batchBytesMax;
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` or `KEY_TOO_LARGE` */
  checkKey(key: unknown): asserts key is Uint8Array {
    requireBytes('key', key);
    if (key.length < this.#keyBytesMin) throw emptyKey();
    if (key.length > this.#keyBytesMax) throw tooLarge('KEY_TOO_LARGE', 'key', key.length, this.#keyBytesMax);
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT` or `VALUE_TOO_LARGE` */
  checkValue(value: unknown): asserts value is Uint8Array {
    requireBytes('value', value);
    if (value.length > this.#valueBytesMax) {
      throw tooLarge('VALUE_TOO_LARGE', 'value', value.length, this.#valueBytesMax);
    }
  }

  /**
   * Of a batch, by its extremes: its operations have been looked at one by one when they were added.
   * @throws CoreCacheError `INVALID_ARGUMENT`, `KEY_TOO_LARGE`, `VALUE_TOO_LARGE` or `REQUEST_TOO_LARGE`
   */
  checkContents({ count, byteLength, keyBytesMin, keyBytesMax, valueBytesMax }: BatchContents): void {
    if (count === 0) throw emptyBatch();
    if (keyBytesMin < this.#keyBytesMin) throw emptyKey();
    if (keyBytesMax > this.#keyBytesMax) throw tooLarge('KEY_TOO_LARGE', 'key', keyBytesMax, this.#keyBytesMax);
    if (valueBytesMax > this.#valueBytesMax) {
      throw tooLarge('VALUE_TOO_LARGE', 'value', valueBytesMax, this.#valueBytesMax);
    }
    this.#checkBatchBytes(byteLength);
  }

  /** @throws CoreCacheError `INVALID_ARGUMENT`, `KEY_TOO_LARGE`, `VALUE_TOO_LARGE` or `REQUEST_TOO_LARGE` */
  checkOperations(operations: readonly WriteOperation[]): void {
    if (!isArray(operations)) throw invalid('what is written is an array of operations or a Batch');
    if (operations.length === 0) throw emptyBatch();
    let bytes = 0;
    for (const operation of operations) {
      this.checkKey(operation.key);
      bytes += operation.key.length;
      checkCondition(operation.ifVersion);
      if (operation.type === 'put') {
        this.checkValue(operation.value);
        bytes += operation.value.length;
        checkTtl(operation.ttlMs);
        checkContentType(operation.contentType);
      } else {
        checkIsDelete(operation.type);
      }
    }
    this.#checkBatchBytes(bytes);
  }

  #checkBatchBytes(bytes: number): void {
    if (bytes > this.#batchBytesMax) throw tooLarge('REQUEST_TOO_LARGE', 'batch', bytes, this.#batchBytesMax);
  }
}

/** @throws CoreCacheError `INVALID_ARGUMENT` */
export function requireBytes(what: 'key' | 'value', given: unknown): asserts given is Uint8Array {
  if (!(given instanceof Uint8Array)) throw invalid(`a ${what} is a Uint8Array, got ${kindOf(given)}`);
}

/** @throws CoreCacheError `INVALID_ARGUMENT` */
export function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs === undefined) return;
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > TTL_MS_MAX) {
    throw invalid(`a time to live is a whole number of milliseconds from 1 to ${TTL_MS_MAX}, got ${ttlMs}`);
  }
}

/** @throws CoreCacheError `INVALID_ARGUMENT` unless it can stand in a header: printable ASCII */
export function checkContentType(contentType: string | undefined): void {
  if (contentType === undefined) return;
  if (typeof contentType !== 'string' || contentType.length > CONTENT_TYPE_LENGTH_MAX) {
    throw invalid(`a content type has at most ${CONTENT_TYPE_LENGTH_MAX} characters`);
  }
  if (!/^[\x20-\x7e]*$/.test(contentType)) throw invalid('a content type has only printable ASCII characters');
}

/** @throws CoreCacheError `INVALID_ARGUMENT` */
export function checkCondition(condition: VersionCondition | undefined): void {
  if (condition === undefined || condition === 'absent' || condition === 'present') return;
  if (
    typeof condition !== 'object' ||
    !Number.isSafeInteger(condition.epoch) ||
    !Number.isSafeInteger(condition.sequence)
  ) {
    throw invalid("ifVersion is 'absent', 'present' or { epoch, sequence }");
  }
}

/** The moment a value written at `writtenAtMs` ends. */
export function expiryOf(writtenAtMs: number, ttlMs: number | undefined): number {
  return ttlMs === undefined ? NEVER_EXPIRES : writtenAtMs + ttlMs;
}

function checkIsDelete(type: string): void {
  if (type !== 'delete') throw invalid(`an operation is 'put' or 'delete', got '${type}'`);
}

function isArray(given: unknown): boolean {
  return Array.isArray(given);
}

function emptyBatch(): CoreCacheError {
  return invalid('a batch has at least one operation');
}

function emptyKey(): CoreCacheError {
  return invalid('a key has at least one byte');
}

function invalid(message: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', message);
}

function tooLarge(
  code: 'KEY_TOO_LARGE' | 'VALUE_TOO_LARGE' | 'REQUEST_TOO_LARGE',
  what: string,
  size: number,
  limit: number,
): CoreCacheError {
  return new CoreCacheError(code, `the ${what} has ${size} bytes; ${limit} are allowed`, { data: { size, limit } });
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
