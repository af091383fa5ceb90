import { corruption } from '../../../base/errors.js';
import { crc32, endsInChecksum } from '../../../base/checksum.js';

/**
 *     block    = stored, codec u8, CRC-32 u32
 *     stored   = contents                                          codec 0
 *              | content length varint, compressed contents        all others (see `Codec`)
 *     contents = entry+, [directory], restart*count, count u32
 *     entry    = shared varint, unshared varint, payload length varint, key bytes (unshared), payload
 *     restart  = offset of an entry in the contents, u32
 *
 * An entry has its first `shared` key bytes in common with the entry before it; at a restart `shared` is 0. The highest bit
 * of the count says that there is a directory (`block-directory.ts`). Numbers are little-endian. The checksum covers all before it, as stored, and starts from the place of the block, so that a block read
 * from the wrong place, or from another table, does not pass for the right one.
 */
export const BLOCK_TRAILER_BYTES = 5;
/** In the count of the restarts. */
export const HAS_DIRECTORY = 0x80000000;
export const NO_DIRECTORY = 0;

/** How many restarts stand at the end of the contents of a block. */
export function restartCount(bytes: Uint8Array, end: number): number {
  return readUint32(bytes, end - 4) & ~HAS_DIRECTORY;
}

/** Where the directory ends that is stored in a block; `NO_DIRECTORY` when there is none. */
export function storedDirectoryEnd(bytes: Uint8Array, end: number): number {
  const count = readUint32(bytes, end - 4);
  return count < HAS_DIRECTORY ? NO_DIRECTORY : end - 4 - (count & ~HAS_DIRECTORY) * 4;
}

/** Writes codec and checksum behind the `length` bytes of a block. */
export function writeBlockTrailer(
  bytes: Uint8Array,
  length: number,
  codecId: number,
  fileNumber: number,
  position: number,
): void {
  bytes[length] = codecId;
  writeUint32(bytes, length + 1, crc32(bytes.subarray(0, length + 1), placeOf(fileNumber, position)));
}

/**
 * The codec id of a block.
 * @throws CoreCacheError `CORRUPTION` unless `bytes` is what was written as the block at `position`
 */
export function checkBlock(bytes: Uint8Array, path: string, fileNumber: number, position: number): number {
  const checked = bytes.length - 4;
  if (checked < 2) throw corruption(path, position, `a block of ${bytes.length} bytes is too short`);
  if (!endsInChecksum(bytes, placeOf(fileNumber, position))) {
    throw corruption(path, position, 'block does not match its checksum');
  }
  return bytes[checked - 1]!;
}

/** What the checksum of a part of a file starts from, so that it is valid in its own place only. */
export function placeOf(fileNumber: number, position: number): number {
  return (Math.imul(fileNumber, 0x9e3779b1) ^ position) >>> 0;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>> 0;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value;
  bytes[offset + 1] = value >>> 8;
  bytes[offset + 2] = value >>> 16;
  bytes[offset + 3] = value >>> 24;
}
