import { emptyBytes } from '../base/bytes.js';
import { VARINT_BYTES_MAX, varintLength } from '../base/varint.js';
import { EXPIRES, HAS_CONTENT_TYPE, takeOwnMemory, writeBytes, writeHeader, type TakeMemory } from './batch.js';
import { encodeContentType } from './content-type.js';
import { Operation } from './entry.js';

/** Enough for a few operations of ordinary size. */
const INITIAL_BYTES = 1024;
/** A buffer that grew beyond this is given back by `clear`. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** A value that ends some time after it is written: its moment is not known before `encode`. */
interface Lifetime {
  /** Where its expiry stands among the operations. */
  readonly offset: number;
  readonly ttlMs: number;
}

/**
 * Encodes operations as they come, in the form of `batch.ts`: no object is kept for any of them, and `encode` has only to
 * put a header before the bytes that are there.
 *
 * What a batch says of time is said when it is encoded. A value with a time to live therefore has room for its expiry, a
 * varint of the greatest length that the time is then written over; readers take a varint of any length.
 */
export class BatchWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;
  #count = 0;
  #lifetimes: Lifetime[] = [];

  /** Operations. */
  get count(): number {
    return this.#count;
  }

  /** @param ttlMs from `encode` on; `undefined` for a value that does not end */
  put(key: Uint8Array, value: Uint8Array, ttlMs?: number, contentType = ''): void {
    if (ttlMs === undefined && contentType === '') {
      this.#begin(Operation.put, key, VARINT_BYTES_MAX + value.length);
    } else this.#beginWithExtras(key, value, ttlMs, encodeContentType(contentType));
    this.#end = writeBytes(this.#bytes, this.#end, value);
  }

  delete(key: Uint8Array): void {
    this.#begin(Operation.delete, key, 0);
  }

  /** Adds the operations of `other`, which may be this one, behind those that are here. */
  append(other: BatchWriter): void {
    const start = this.#end;
    const length = other.#end;
    this.#reserve(length);
    this.#bytes.set(other.#bytes.subarray(0, length), start);
    this.#end = start + length;
    this.#count += other.#count;
    if (other.#lifetimes.length > 0) {
      const moved = other.#lifetimes.map(({ offset, ttlMs }) => ({ offset: offset + start, ttlMs }));
      this.#lifetimes = [...this.#lifetimes, ...moved];
    }
  }

  clear(): void {
    this.#end = 0;
    this.#count = 0;
    if (this.#lifetimes.length > 0) this.#lifetimes = [];
    if (this.#bytes.length > KEPT_BYTES_MAX) this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  }

  /** The batch as written at `nowMs`. What is here stays. */
  encode(nowMs: number, take: TakeMemory = takeOwnMemory): Uint8Array {
    const headerLength = 1 + varintLength(nowMs) + varintLength(this.#count);
    const batch = take(headerLength + this.#end, 0);
    writeHeader(batch, nowMs, this.#count);
    batch.set(this.#bytes.subarray(0, this.#end), headerLength);
    for (const { offset, ttlMs } of this.#lifetimes) writeWideVarint(batch, headerLength + offset, nowMs + ttlMs);
    return batch;
  }

  /** Writes flags and key, and makes room for `furtherBytes`. */
  #begin(flags: number, key: Uint8Array, furtherBytes: number): void {
    this.#reserve(1 + VARINT_BYTES_MAX + key.length + furtherBytes);
    this.#bytes[this.#end] = flags;
    this.#end = writeBytes(this.#bytes, this.#end + 1, key);
    this.#count++;
  }

  #beginWithExtras(
    key: Uint8Array,
    value: Uint8Array,
    ttlMs: number | undefined,
    contentType: Uint8Array = emptyBytes(),
  ): void {
    const flags = (ttlMs === undefined ? 0 : EXPIRES) | (contentType.length === 0 ? 0 : HAS_CONTENT_TYPE);
    this.#begin(Operation.put | flags, key, 3 * VARINT_BYTES_MAX + contentType.length + value.length);
    if (ttlMs !== undefined) {
      this.#lifetimes.push({ offset: this.#end, ttlMs });
      this.#end += VARINT_BYTES_MAX;
    }
    if (contentType.length > 0) this.#end = writeBytes(this.#bytes, this.#end, contentType);
  }

  #reserve(length: number): void {
    const endMax = this.#end + length;
    if (endMax <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(endMax, 2 * this.#bytes.length));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

/** A varint of the greatest length, whatever the value. */
function writeWideVarint(target: Uint8Array, offset: number, value: number): void {
  const last = offset + VARINT_BYTES_MAX - 1;
  for (; offset < last; offset++) {
    target[offset] = (value % 0x80) | 0x80;
    value = Math.floor(value / 0x80);
  }
  target[last] = value;
}
