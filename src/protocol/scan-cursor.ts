import { crc32 } from '../base/checksum.js';
import { CoreCacheError } from '../base/errors.js';

/** Where a scan goes on: after the last key it returned, in its direction. */
export interface ScanCursor {
  readonly lastKey: Uint8Array;
  readonly reverse: boolean;
}

const FORMAT = 1;
const HEADER_BYTES = 2;
const CHECKSUM_BYTES = 4;

/** base64url of: format (1 byte), direction (1 byte), last key, CRC-32 of all before (4 bytes, big-endian). */
export function encodeScanCursor(cursor: ScanCursor): string {
  const end = HEADER_BYTES + cursor.lastKey.length;
  const bytes = Buffer.alloc(end + CHECKSUM_BYTES);
  bytes[0] = FORMAT;
  bytes[1] = cursor.reverse ? 1 : 0;
  bytes.set(cursor.lastKey, HEADER_BYTES);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, end)), end);
  return bytes.toString('base64url');
}

/** @throws CoreCacheError `INVALID_ARGUMENT` when the text was not made by `encodeScanCursor` */
export function decodeScanCursor(text: string): ScanCursor {
  const bytes = Buffer.from(text, 'base64url');
  const end = bytes.length - CHECKSUM_BYTES;
  const whole = end > HEADER_BYTES && bytes.toString('base64url') === text;
  if (!whole || bytes[0] !== FORMAT || bytes.readUInt32BE(end) !== crc32(bytes.subarray(0, end))) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'cursor: not a cursor of this server; leave it out to start again');
  }
  return { lastKey: bytes.subarray(HEADER_BYTES, end), reverse: bytes[1] === 1 };
}
