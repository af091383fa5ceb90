import { emptyBytes } from '../base/bytes.js';
import { CoreCacheError, corruption } from '../base/errors.js';
import { VARINT_BYTES_MAX, varintLength, writeVarint } from '../base/varint.js';
import { ContentTypeDecoder, encodeContentType } from './content-type.js';
import { Entry, NEVER_EXPIRES, Operation } from './entry.js';

/**
 * What is applied to a tree in one step, and what the log carries for it:
 *
 *     batch     = format version u8 (1), written at ms varint, count varint, operation*count
 *     operation = flags u8, key length varint, key,
 *                 [expires at ms varint]                             when flag 0x10
 *                 [content type length varint, content type UTF-8]   when flag 0x20
 *                 [value length varint, value]                       when a put
 *     flags     = operation (low four bits), 0x10 expires, 0x20 has a content type
 *
 * A number may be a varint longer than it must be. `batch-writer.ts` writes batches of many operations.
 *
 * A batch has no checksum of its own: the record of the log that holds it has one. Still its bytes are not trusted.
 */
const FORMAT_VERSION = 1;
const OPERATION_MASK = 0x0f;
export const EXPIRES = 0x10;
export const HAS_CONTENT_TYPE = 0x20;
const KNOWN_FLAGS = OPERATION_MASK | EXPIRES | HAS_CONTENT_TYPE;

/** Up to here a loop in V8 beats a call into the typed array. */
const LOOP_BYTES_MAX = 32;

/** What errors name as the file: the reader does not know where the bytes came from. */
const PLACE = 'batch';

/**
 * Where a batch gets its memory from: `length` bytes, of which that at `alignedAt` lies well, if that can be had, for
 * copying from it on.
 */
export type TakeMemory = (length: number, alignedAt: number) => Uint8Array;

export const takeOwnMemory: TakeMemory = (length) => Buffer.allocUnsafe(length);

/** A batch of a single put. */
export function encodePut(
  key: Uint8Array,
  value: Uint8Array,
  writtenAtMs: number,
  expiresAtMs: number,
  contentType: string,
  take: TakeMemory = takeOwnMemory,
): Uint8Array {
  const mediaType = encodeContentType(contentType);
  let flags: number = Operation.put;
  let length = 1 + varintLength(writtenAtMs) + 1 + 1 + lengthWritten(key) + lengthWritten(value);
  if (expiresAtMs !== NEVER_EXPIRES) {
    flags |= EXPIRES;
    length += varintLength(expiresAtMs);
  }
  if (mediaType !== undefined) {
    flags |= HAS_CONTENT_TYPE;
    length += lengthWritten(mediaType);
  }
  const target = take(length, length - value.length);
  let offset = writeHeader(target, writtenAtMs, 1);
  target[offset] = flags;
  offset = writeBytes(target, offset + 1, key);
  if (expiresAtMs !== NEVER_EXPIRES) offset = writeVarint(target, offset, expiresAtMs);
  if (mediaType !== undefined) offset = writeBytes(target, offset, mediaType);
  writeBytes(target, offset, value);
  return target;
}

/** A batch of a single delete, in memory of its own. */
export function encodeDelete(key: Uint8Array, writtenAtMs: number): Uint8Array {
  const target = Buffer.allocUnsafe(1 + varintLength(writtenAtMs) + 1 + 1 + lengthWritten(key));
  const offset = writeHeader(target, writtenAtMs, 1);
  target[offset] = Operation.delete;
  writeBytes(target, offset + 1, key);
  return target;
}

/** Writes what stands before the operations, and returns the offset after it. */
export function writeHeader(target: Uint8Array, writtenAtMs: number, count: number): number {
  target[0] = FORMAT_VERSION;
  return writeVarint(target, writeVarint(target, 1, writtenAtMs), count);
}

/** Writes length and bytes, and returns the offset after them. */
export function writeBytes(target: Uint8Array, offset: number, bytes: Uint8Array): number {
  const { length } = bytes;
  const start = writeVarint(target, offset, length);
  if (length > LOOP_BYTES_MAX) target.set(bytes, start);
  else for (let i = 0; i < length; i++) target[start + i] = bytes[i]!;
  return start + length;
}

function lengthWritten(bytes: Uint8Array): number {
  return varintLength(bytes.length) + bytes.length;
}

/**
 * Walks the operations of a batch. May be used again and again (`reset`), so that applying a batch allocates nothing.
 *
 * @throws CoreCacheError from the constructor, `reset` and `next`: `CORRUPTION` with the offset in the batch;
 * `NEWER_FORMAT`
 */
export class BatchReader {
  /** Shows the operation that `next` came to; sequence and epoch are 0. The same object throughout. */
  readonly entry = new Entry();
  writtenAtMs = 0;
  /** Operations in the batch. */
  count = 0;
  #batch: Uint8Array = emptyBytes();
  #offset = 0;
  #read = 0;
  readonly #contentTypes = new ContentTypeDecoder();

  constructor(batch: Uint8Array = EMPTY_BATCH) {
    this.reset(batch);
  }

  /** Begins anew, before the first operation of `batch`. */
  reset(batch: Uint8Array): void {
    this.#batch = batch;
    this.#offset = 1;
    this.#read = 0;
    if (batch.length === 0) fail('is empty', 0);
    const version = batch[0]!;
    if (version > FORMAT_VERSION) {
      throw new CoreCacheError(
        'NEWER_FORMAT',
        `a batch of format ${version}; this program knows up to ${FORMAT_VERSION}`,
      );
    }
    if (version !== FORMAT_VERSION) fail(`format ${version} was never written`, 0);
    this.writtenAtMs = this.#varint();
    this.count = this.#varint();
    // An operation takes two bytes at least, so a count cannot make anyone reserve more than the bytes at hand justify.
    if (this.count * 2 > batch.length - this.#offset) fail(`${this.count} operations do not fit`, this.#offset);
  }

  /** False after the last. */
  next(): boolean {
    if (this.#read === this.count) {
      if (this.#offset !== this.#batch.length) fail('bytes follow the last operation', this.#offset);
      return false;
    }
    this.#read++;
    const { entry } = this;
    const batch = this.#batch;
    const start = this.#offset;
    if (start >= batch.length) fail('ends before its last operation', start);
    const flags = batch[start]!;
    const operation = flags & OPERATION_MASK;
    if ((flags & ~KNOWN_FLAGS) !== 0 || operation > Operation.delete) fail(`unknown flags ${flags}`, start);
    this.#offset = start + 1;
    entry.operation = operation as Operation;
    entry.writtenAtMs = this.writtenAtMs;
    entry.keyBytes = batch;
    entry.valueBytes = batch;
    entry.keyEnd = this.#skipBytes();
    entry.keyStart = entry.keyEnd - this.#length;
    entry.expiresAtMs = (flags & EXPIRES) === 0 ? NEVER_EXPIRES : this.#varint();
    if ((flags & HAS_CONTENT_TYPE) === 0) entry.contentType = '';
    else {
      const end = this.#skipBytes();
      entry.contentType = this.#contentTypes.decode(batch, end - this.#length, end);
    }
    if (operation === Operation.put) {
      entry.valueEnd = this.#skipBytes();
      entry.valueStart = entry.valueEnd - this.#length;
    } else entry.valueStart = entry.valueEnd = 0;
    return true;
  }

  /** Of the bytes skipped last. */
  #length = 0;

  #skipBytes(): number {
    const start = this.#offset;
    const length = this.#varint();
    if (length > this.#batch.length - this.#offset) fail(`${length} bytes run past the end`, start);
    this.#length = length;
    return (this.#offset += length);
  }

  #varint(): number {
    const batch = this.#batch;
    const start = this.#offset;
    if (start < batch.length && batch[start]! < 0x80) {
      this.#offset = start + 1;
      return batch[start]!;
    }
    let value = 0;
    let scale = 1;
    const endMax = Math.min(batch.length, start + VARINT_BYTES_MAX);
    for (let offset = start; offset < endMax; offset++) {
      const byte = batch[offset]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) return fail('number is too large', start);
        this.#offset = offset + 1;
        return value;
      }
      scale *= 0x80;
    }
    return fail('number runs past the end', start);
  }
}

const EMPTY_BATCH = Uint8Array.of(FORMAT_VERSION, 0, 0);

function fail(what: string, offset: number): never {
  throw corruption(PLACE, offset, what);
}
