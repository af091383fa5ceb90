import { toEpoch, toPartitionId, toSequence } from '../base/numbers.js';
import { VARINT_BYTES_MAX, VarintReader, writeVarint } from '../base/varint.js';
import { LogRecordKind, type LogRecord } from './log-record.js';

/**
 * A record inside a group:
 *
 *     kind (1 byte) · partition · epoch · sequence · payload length (varints) · payload
 *
 * It has no checksum of its own: the group's covers it. What stands before the payload takes so many bytes at most.
 */
export const RECORD_OVERHEAD_BYTES_MAX = 1 + 4 * VARINT_BYTES_MAX;

/** Writes the record at `offset` and returns the offset after it. The caller has made room. */
export function writeRecord(target: Uint8Array, offset: number, record: LogRecord): number {
  const payloadStart = writeRecordHead(target, offset, record);
  target.set(record.payload, payloadStart);
  return payloadStart + record.payload.length;
}

/** Writes what stands before the payload at `offset` and returns the offset after it. */
export function writeRecordHead(target: Uint8Array, offset: number, record: LogRecord): number {
  target[offset++] = record.kind;
  offset = writeVarint(target, offset, record.partition);
  offset = writeVarint(target, offset, record.epoch);
  offset = writeVarint(target, offset, record.sequence);
  return writeVarint(target, offset, record.payload.length);
}

/**
 * The records of a group's body, in order. Payloads are views of `bytes`.
 * @param fail told what is wrong and at which offset of `bytes`; throws
 */
export function* readRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  recordCount: number,
  fail: (what: string, offset: number) => never,
): Generator<LogRecord> {
  const reader = new VarintReader(bytes, start, end, fail);
  for (let left = recordCount; left > 0; left--) {
    const kindOffset = reader.offset;
    const kind = reader.byte();
    if (!isKind(kind)) return fail(`record of unknown kind ${kind}`, kindOffset);
    yield {
      kind,
      partition: toPartitionId(reader.varint()),
      epoch: toEpoch(reader.varint()),
      sequence: toSequence(reader.varint()),
      payload: reader.bytes(reader.varint()),
    };
  }
  if (reader.remaining > 0) fail(`${reader.remaining} bytes after the last record of a group`, reader.offset);
}

function isKind(kind: number): kind is LogRecordKind {
  return kind === LogRecordKind.write || kind === LogRecordKind.noop || kind === LogRecordKind.truncate;
}
