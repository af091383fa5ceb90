import { varintLength, writeVarint, type VarintReader } from '../../base/varint.js';
import { toFileNumber } from '../../base/numbers.js';
import type { EntryBase } from './block/entry-coder.js';
import type { TableSummary } from './table-summary.js';

/**
 * What the properties section of an index file holds. `indexBytes` is the size of the index file itself, not stored;
 * what the table refers to stands in the manifest alone.
 */
export interface TableProperties {
  readonly summary: Omit<TableSummary, 'indexBytes' | 'decay' | 'valueUses'>;
  readonly base: EntryBase;
}

/**
 *     properties = file number, data bytes, entry count, tombstone count, raw bytes, least sequence, greatest sequence,
 *                  oldest expiry ms, base sequence, base written at ms, base epoch,
 *                  first key length, first key, last key length, last key          all numbers varints
 */
export function encodeProperties({ summary, base }: TableProperties): Uint8Array {
  const numbers = [
    summary.fileNumber,
    summary.dataBytes,
    summary.entryCount,
    summary.tombstoneCount,
    summary.rawBytes,
    summary.minSequence,
    summary.maxSequence,
    summary.oldestExpiryMs,
    base.sequence,
    base.writtenAtMs,
    base.epoch,
  ];
  const keys = [summary.firstKey, summary.lastKey];
  let length = 0;
  for (const number of numbers) length += varintLength(number);
  for (const key of keys) length += varintLength(key.length) + key.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const number of numbers) offset = writeVarint(bytes, offset, number);
  for (const key of keys) {
    offset = writeVarint(bytes, offset, key.length);
    bytes.set(key, offset);
    offset += key.length;
  }
  return bytes;
}

export function decodeProperties(reader: VarintReader): TableProperties {
  const fileNumber = toFileNumber(reader.varint());
  const dataBytes = reader.varint();
  const entryCount = reader.varint();
  const tombstoneCount = reader.varint();
  const rawBytes = reader.varint();
  const minSequence = reader.varint();
  const maxSequence = reader.varint();
  const oldestExpiryMs = reader.varint();
  const base = { sequence: reader.varint(), writtenAtMs: reader.varint(), epoch: reader.varint() };
  // In memory of their own: they outlive what they are read from.
  const firstKey = new Uint8Array(reader.bytes(reader.varint()));
  const lastKey = new Uint8Array(reader.bytes(reader.varint()));
  return {
    summary: {
      fileNumber,
      dataBytes,
      entryCount,
      tombstoneCount,
      rawBytes,
      firstKey,
      lastKey,
      minSequence,
      maxSequence,
      oldestExpiryMs,
    },
    base,
  };
}
