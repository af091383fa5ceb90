import { crc32 } from '../base/checksum.js';

/**
 * What stands before the records of a group (integers little-endian):
 *
 *      0   4   marker, c6 6c 6f 67
 *      4   4   CRC-32 of the salt and of bytes 8 to 28
 *      8   4   CRC-32 of the body
 *     12   4   length of the body in bytes
 *     16   4   offset of the group in the file
 *     20   4   synced end: every byte of the file before it was known to be on the device when the group was written
 *     24   4   number of records
 *
 * The header has a checksum of its own, so a length is never believed that was not written, and a group can be found
 * behind damage.
 */
export interface GroupHeader {
  readonly offset: number;
  readonly bodyLength: number;
  readonly bodyChecksum: number;
  readonly syncedEnd: number;
  readonly recordCount: number;
}

export const GROUP_HEADER_BYTES = 28;
export const GROUP_MARKER = Buffer.from([0xc6, 0x6c, 0x6f, 0x67]);

const CHECKSUM_START = 4;
const CHECKSUM_END = 8;

/** @param seed CRC-32 of the segment's salt */
export function writeGroupHeader(bytes: Buffer, seed: number, header: GroupHeader): void {
  bytes.set(GROUP_MARKER, 0);
  bytes.writeUInt32LE(header.bodyChecksum, 8);
  bytes.writeUInt32LE(header.bodyLength, 12);
  bytes.writeUInt32LE(header.offset, 16);
  bytes.writeUInt32LE(header.syncedEnd, 20);
  bytes.writeUInt32LE(header.recordCount, 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM_END, GROUP_HEADER_BYTES), seed), CHECKSUM_START);
}

/** The header at `offset` of a segment, or what is wrong with it. */
export function readGroupHeader(segment: Buffer, offset: number, seed: number): GroupHeader | string {
  const bytes = segment.subarray(offset, offset + GROUP_HEADER_BYTES);
  if (bytes.length < GROUP_HEADER_BYTES) return 'group header runs past the end of the file';
  if (!bytes.subarray(0, CHECKSUM_START).equals(GROUP_MARKER)) {
    return bytes.every((byte) => byte === 0) ? 'zeros in place of a group' : 'no group begins here';
  }
  if (bytes.readUInt32LE(CHECKSUM_START) !== crc32(bytes.subarray(CHECKSUM_END), seed)) {
    return 'checksum of the group header does not match';
  }
  const header: GroupHeader = {
    bodyChecksum: bytes.readUInt32LE(8),
    bodyLength: bytes.readUInt32LE(12),
    offset: bytes.readUInt32LE(16),
    syncedEnd: bytes.readUInt32LE(20),
    recordCount: bytes.readUInt32LE(24),
  };
  return header.offset === offset ? header : `group was written for offset ${header.offset}`;
}
