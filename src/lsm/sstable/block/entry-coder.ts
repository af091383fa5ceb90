import { corruption } from '../../../base/errors.js';
import { VARINT_BYTES_MAX, varintLength, writeVarint } from '../../../base/varint.js';
import { ContentTypeDecoder, encodeContentType } from '../../content-type.js';
import { NEVER_EXPIRES, Operation, ValuePlace, type Entry } from '../../entry.js';

/** What the numbers of a table's entries are counted from: those of the first entry added. */
export interface EntryBase {
  readonly sequence: number;
  readonly writtenAtMs: number;
  readonly epoch: number;
}

/** Most bytes a payload takes beyond its content type and value. */
export const PAYLOAD_OVERHEAD_BYTES_MAX = 1 + 5 * VARINT_BYTES_MAX;

/**
 * What a table stores of an entry besides its key:
 *
 *     payload = flags u8, sequence varint, written at ms varint,
 *               [epoch varint] [expires at ms varint] [content type length varint, content type UTF-8]
 *               value, or the reference to it: all the rest
 *
 * Sequence and write time are distances from the table's base, forward or (by a flag) backward; the epoch is left out
 * when it is the base's. So a put in a table of a million takes about seven bytes beyond key and value.
 */
export class EntryCoder {
  readonly base: EntryBase;
  readonly #place: string;
  readonly #contentTypes = new ContentTypeDecoder();
  #offset = 0;

  /** `place` names the file in errors. */
  constructor(base: EntryBase, place: string) {
    this.base = base;
    this.#place = place;
  }

  payloadLength(entry: Entry): number {
    const { base } = this;
    let length =
      1 +
      varintLength(Math.abs(entry.sequence - base.sequence)) +
      varintLength(Math.abs(entry.writtenAtMs - base.writtenAtMs));
    if (entry.epoch !== base.epoch) length += varintLength(entry.epoch);
    if (entry.expiresAtMs !== NEVER_EXPIRES) length += varintLength(entry.expiresAtMs);
    const contentType = encodeContentType(entry.contentType);
    if (contentType !== undefined) length += varintLength(contentType.length) + contentType.length;
    return length + entry.valueEnd - entry.valueStart;
  }

  /**
   * Writes all of the payload but the value, or the reference to it: that belongs at the offset returned. The caller has
   * made room.
   */
  writeHead(target: Uint8Array, start: number, entry: Entry): number {
    const { base } = this;
    const contentType = encodeContentType(entry.contentType);
    let flags: number = entry.valuePlace === ValuePlace.separate ? SEPARATED_PUT : entry.operation;
    let sequence = entry.sequence - base.sequence;
    let writtenAt = entry.writtenAtMs - base.writtenAtMs;
    if (sequence < 0) {
      flags |= SEQUENCE_BELOW;
      sequence = -sequence;
    }
    if (writtenAt < 0) {
      flags |= WRITTEN_BEFORE;
      writtenAt = -writtenAt;
    }
    let offset = writeVarint(target, writeVarint(target, start + 1, sequence), writtenAt);
    if (entry.epoch !== base.epoch) {
      flags |= HAS_EPOCH;
      offset = writeVarint(target, offset, entry.epoch);
    }
    if (entry.expiresAtMs !== NEVER_EXPIRES) {
      flags |= EXPIRES;
      offset = writeVarint(target, offset, entry.expiresAtMs);
    }
    if (contentType !== undefined) {
      flags |= HAS_CONTENT_TYPE;
      offset = writeVarint(target, offset, contentType.length);
      target.set(contentType, offset);
      offset += contentType.length;
    }
    target[start] = flags;
    return offset;
  }

  /** Fills all of `into` but its key from the payload at `start`. @throws CoreCacheError `CORRUPTION` */
  read(source: Uint8Array, start: number, end: number, into: Entry): void {
    if (start >= end) this.fail('entry has no flags');
    const flags = source[start]!;
    const operation = flags & OPERATION_MASK;
    if (operation > SEPARATED_PUT) this.fail(`operation ${operation} is not known`);
    const { base } = this;
    this.#offset = start + 1;
    const sequence = this.#varint(source, end);
    const writtenAt = this.#varint(source, end);
    into.operation = operation === Operation.delete ? Operation.delete : Operation.put;
    into.valuePlace = operation === SEPARATED_PUT ? ValuePlace.separate : ValuePlace.inline;
    into.sequence = (flags & SEQUENCE_BELOW) === 0 ? base.sequence + sequence : base.sequence - sequence;
    into.writtenAtMs = (flags & WRITTEN_BEFORE) === 0 ? base.writtenAtMs + writtenAt : base.writtenAtMs - writtenAt;
    into.epoch = (flags & HAS_EPOCH) === 0 ? base.epoch : this.#varint(source, end);
    into.expiresAtMs = (flags & EXPIRES) === 0 ? NEVER_EXPIRES : this.#varint(source, end);
    if ((flags & HAS_CONTENT_TYPE) === 0) into.contentType = '';
    else {
      const length = this.#varint(source, end);
      const contentTypeEnd = this.#offset + length;
      if (contentTypeEnd > end) this.fail('content type runs past its entry');
      into.contentType = this.#contentTypes.decode(source, this.#offset, contentTypeEnd);
      this.#offset = contentTypeEnd;
    }
    into.valueBytes = source;
    into.valueStart = this.#offset;
    into.valueEnd = end;
  }

  fail(what: string): never {
    throw corruption(this.#place, undefined, what);
  }

  #varint(source: Uint8Array, end: number): number {
    let offset = this.#offset;
    let value = 0;
    for (let shift = 0; offset < end && shift < 28; shift += 7) {
      const byte = source[offset++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#offset = offset;
        return value;
      }
    }
    let scale = 2 ** 28;
    for (; offset < end && scale < 2 ** 56; scale *= 0x80) {
      const byte = source[offset++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#offset = offset;
        return value;
      }
    }
    return this.fail('number runs past its entry');
  }
}

const OPERATION_MASK = 0x07;
/** Beside the operations of `Operation`: a put whose value is in a value file. */
const SEPARATED_PUT = 2;
const EXPIRES = 0x08;
const HAS_CONTENT_TYPE = 0x10;
const HAS_EPOCH = 0x20;
const SEQUENCE_BELOW = 0x40;
const WRITTEN_BEFORE = 0x80;
