import { crc32 } from '../../base/checksum.js';
import { compareRanges } from '../../base/bytes.js';
import { corruption } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';
import { VarintReader, varintLength, writeVarint } from '../../base/varint.js';
import type { Entry } from '../entry.js';
import { placeOf, readUint32, writeUint32 } from '../sstable/block/block-format.js';
import { checkDataHeader, DATA_HEADER_BYTES, dataHeader } from '../sstable/file-frame.js';

/**
 *     value file = frame, file number u64, CRC-32 u32 of the file number, record*
 *     record     = CRC-32 u32, key length varint, sequence varint, value length varint, key, value
 *
 * The frame is that of data files under another magic. The checksum of a record covers all behind it and starts from the
 * record's place, as that of a block does. Key and sequence are those of the one entry that refers to the record: a
 * reader holds them against what it looked for, and who inspects a file sees what it holds.
 */
export const VALUE_HEADER_BYTES = DATA_HEADER_BYTES;
export const VALUE_MAGIC = 'CCVALUES';
const VALUE_FORMAT_VERSION = 1;
const CHECKSUM_BYTES = 4;

export function valueHeader(fileNumber: FileNumber): Uint8Array {
  return dataHeader(fileNumber, VALUE_FORMAT_VERSION, VALUE_MAGIC);
}

/** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT` */
export function checkValueHeader(header: Uint8Array, fileNumber: FileNumber, path: string): void {
  checkDataHeader(header, fileNumber, path, VALUE_MAGIC, VALUE_FORMAT_VERSION);
}

/** All of a record but its value, which follows it. */
export function recordHead(entry: Entry, value: Uint8Array, fileNumber: FileNumber, position: number): Uint8Array {
  const { keyBytes, keyStart, keyEnd, sequence } = entry;
  const keyLength = keyEnd - keyStart;
  const numbers = varintLength(keyLength) + varintLength(sequence) + varintLength(value.length);
  const head = Buffer.allocUnsafe(CHECKSUM_BYTES + numbers + keyLength);
  let offset = writeVarint(head, CHECKSUM_BYTES, keyLength);
  offset = writeVarint(head, writeVarint(head, offset, sequence), value.length);
  for (let i = keyStart; i < keyEnd; i++) head[offset++] = keyBytes[i]!;
  const place = placeOf(fileNumber, position);
  writeUint32(head, 0, crc32(value, crc32(head.subarray(CHECKSUM_BYTES), place)));
  return head;
}

/** What a record says of itself. */
export interface RecordContent {
  readonly key: Uint8Array;
  readonly sequence: number;
  /** Where the value begins in the record; it goes to the end. */
  readonly valueStart: number;
}

/** @throws CoreCacheError `CORRUPTION` unless `bytes` is what was written as the record at `position` */
export function readRecord(bytes: Uint8Array, path: string, fileNumber: FileNumber, position: number): RecordContent {
  const isWhole =
    bytes.length > CHECKSUM_BYTES &&
    readUint32(bytes, 0) === crc32(bytes.subarray(CHECKSUM_BYTES), placeOf(fileNumber, position));
  if (!isWhole) throw corruption(path, position, 'value does not match its checksum');
  const reader = lengthsReader(bytes, path, position);
  const keyLength = reader.varint();
  const sequence = reader.varint();
  const valueLength = reader.varint();
  const key = reader.bytes(keyLength);
  if (reader.remaining !== valueLength) throw corruption(path, position, 'value has another length than it says');
  return { key, sequence, valueStart: reader.offset };
}

/** Length in bytes of the record that begins with these bytes, unchecked. @throws CoreCacheError `CORRUPTION` */
export function recordLengthOf(bytes: Uint8Array, path: string, position: number): number {
  const reader = lengthsReader(bytes, path, position);
  const keyLength = reader.varint();
  reader.varint();
  const valueLength = reader.varint();
  return reader.offset + keyLength + valueLength;
}

/** As `readRecord`, for the record that `entry` refers to: also another write's record is damage. Returns `valueStart`. */
export function checkRecord(
  bytes: Uint8Array,
  path: string,
  fileNumber: FileNumber,
  position: number,
  entry: Entry,
): number {
  const { key, sequence, valueStart } = readRecord(bytes, path, fileNumber, position);
  const isSameKey = compareRanges(key, 0, key.length, entry.keyBytes, entry.keyStart, entry.keyEnd) === 0;
  if (!isSameKey || sequence !== entry.sequence) throw corruption(path, position, 'value is of another write');
  return valueStart;
}

function lengthsReader(bytes: Uint8Array, path: string, position: number): VarintReader {
  return new VarintReader(bytes, CHECKSUM_BYTES, bytes.length, (what): never => {
    throw corruption(path, position, what);
  });
}
