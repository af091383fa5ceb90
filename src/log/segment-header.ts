import { crc32 } from '../base/checksum.js';
import { CoreCacheError, corruption } from '../base/errors.js';
import { toFileNumber, type FileNumber } from '../base/numbers.js';

/**
 * The first bytes of a segment (integers little-endian); in format 2, `segment-reach.ts` stands behind them:
 *
 *      0   8   magic, "CoreCLog" in ASCII
 *      8   4   format version, 1 or 2
 *     12   4   CRC-32 of the other 32 bytes of the header
 *     16   8   segment number, the one in the file's name
 *     24   4   previous end
 *     28   8   salt
 *
 * Magic, version, checksum and what the checksum covers stay as they are in every later version, so that "newer" can be
 * told from "damaged".
 */
export interface SegmentHeader {
  readonly version: number;
  readonly number: FileNumber;
  /** How much of the segment before this one is in force, in bytes; 0 for the first segment ever. */
  readonly previousEnd: number;
  /** Random. Every group's checksum begins with it, so nothing but this segment's own groups passes for one. */
  readonly salt: Uint8Array;
}

export const SEGMENT_HEADER_BYTES = 36;
export const SALT_BYTES = 8;
/** The version of a segment that says how far the log had got. */
export const FORMAT_WITH_REACH = 2;
export const FORMAT_WITHOUT_REACH = 1;
const FORMAT_VERSION_MAX = FORMAT_WITH_REACH;

const MAGIC = Buffer.from('CoreCLog', 'latin1');
const CHECKSUM_START = 12;
const CHECKSUM_END = 16;
const TWO_TO_32 = 2 ** 32;

export function encodeSegmentHeader({ version, number, previousEnd, salt }: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.set(MAGIC, 0);
  bytes.writeUInt32LE(version, 8);
  bytes.writeUInt32LE(number % TWO_TO_32, 16);
  bytes.writeUInt32LE(Math.floor(number / TWO_TO_32), 20);
  bytes.writeUInt32LE(previousEnd, 24);
  bytes.set(salt, 28);
  bytes.writeUInt32LE(checksumOf(bytes), CHECKSUM_START);
  return bytes;
}

/**
 * A segment gets its name only when it is whole and synced, so a header that is not right is never a torn one.
 * @throws CoreCacheError `CORRUPTION` or `NEWER_FORMAT`
 */
export function decodeSegmentHeader(segment: Buffer, path: string): SegmentHeader {
  if (segment.length < SEGMENT_HEADER_BYTES) throw corruption(path, 0, 'is too short for a log segment');
  const bytes = segment.subarray(0, SEGMENT_HEADER_BYTES);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw corruption(path, 0, 'does not begin like a log segment');
  if (bytes.readUInt32LE(CHECKSUM_START) !== checksumOf(bytes)) {
    throw corruption(path, CHECKSUM_START, 'checksum of the segment header does not match');
  }
  const version = bytes.readUInt32LE(8);
  if (version > FORMAT_VERSION_MAX) {
    throw new CoreCacheError(
      'NEWER_FORMAT',
      `${path} has log format ${version}; this program reads up to ${FORMAT_VERSION_MAX}`,
      { data: { file: path, version, versionMax: FORMAT_VERSION_MAX } },
    );
  }
  const number = bytes.readUInt32LE(16) + bytes.readUInt32LE(20) * TWO_TO_32;
  if (version === 0 || !Number.isSafeInteger(number)) throw corruption(path, 8, 'segment header makes no sense');
  return {
    version,
    number: toFileNumber(number),
    previousEnd: bytes.readUInt32LE(24),
    salt: bytes.subarray(28, SEGMENT_HEADER_BYTES),
  };
}

function checksumOf(bytes: Buffer): number {
  return crc32(bytes.subarray(CHECKSUM_END), crc32(bytes.subarray(0, CHECKSUM_START)));
}
