import { crc32 } from '../../base/checksum.js';
import { CoreCacheError, corruption } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';

/**
 * How a manifest is framed. All numbers are little-endian.
 *
 *     manifest = header, record*
 *     header   = magic "CCMANIF\n" (8), format version u32, CRC-32 u32 of the twelve bytes before
 *     record   = payload length u32, CRC-32 u32, payload (a version edit)
 *
 * The checksum of a record covers the number of the manifest, the record's own offset, the length and the payload. So a
 * record is valid in its own place only: bytes of another file, or a key that looks like a record, are never taken for one.
 */
export const MANIFEST_HEADER_BYTES = 16;
const MAGIC = Buffer.from('CCMANIF\n', 'latin1');
const MANIFEST_FORMAT_VERSION = 1;
const RECORD_HEADER_BYTES = 8;

export function encodeManifestHeader(): Uint8Array {
  const header = Buffer.alloc(MANIFEST_HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt32LE(MANIFEST_FORMAT_VERSION, 8);
  header.writeUInt32LE(crc32(header.subarray(0, 12)), 12);
  return header;
}

/** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT` */
export function checkManifestHeader(bytes: Uint8Array, file: string): void {
  const header = viewOf(bytes.subarray(0, MANIFEST_HEADER_BYTES));
  if (header.length < MANIFEST_HEADER_BYTES) throw corruption(file, 0, 'is shorter than a manifest header');
  if (!header.subarray(0, 8).equals(MAGIC)) throw corruption(file, 0, 'does not begin as a manifest');
  if (header.readUInt32LE(12) !== crc32(header.subarray(0, 12))) throw corruption(file, 12, 'header checksum is wrong');
  const formatVersion = header.readUInt32LE(8);
  if (formatVersion > MANIFEST_FORMAT_VERSION) {
    throw new CoreCacheError(
      'NEWER_FORMAT',
      `${file}: format ${formatVersion}; this program knows up to ${MANIFEST_FORMAT_VERSION}`,
      { data: { file, formatVersion } },
    );
  }
}

/** The record as it stands at `offset` of the manifest with this number. */
export function encodeManifestRecord(payload: Uint8Array, manifest: FileNumber, offset: number): Uint8Array {
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(recordChecksum(payload, manifest, offset), 4);
  record.set(payload, RECORD_HEADER_BYTES);
  return record;
}

/** The payload of the record at `offset`, or `undefined` when no whole and valid record begins there. */
export function decodeManifestRecord(
  bytes: Uint8Array,
  manifest: FileNumber,
  offset: number,
): ManifestRecord | undefined {
  const payloadAt = offset + RECORD_HEADER_BYTES;
  if (payloadAt > bytes.length) return undefined;
  const view = viewOf(bytes);
  const length = view.readUInt32LE(offset);
  if (payloadAt + length > bytes.length) return undefined;
  const payload = bytes.subarray(payloadAt, payloadAt + length);
  if (view.readUInt32LE(offset + 4) !== recordChecksum(payload, manifest, offset)) return undefined;
  return { payload, payloadAt, end: payloadAt + length };
}

export interface ManifestRecord {
  readonly payload: Uint8Array;
  readonly payloadAt: number;
  readonly end: number;
}

function recordChecksum(payload: Uint8Array, manifest: FileNumber, offset: number): number {
  const place = Buffer.allocUnsafe(20);
  place.writeBigUInt64LE(BigInt(manifest), 0);
  place.writeBigUInt64LE(BigInt(offset), 8);
  place.writeUInt32LE(payload.length, 16);
  return crc32(payload, crc32(place));
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
