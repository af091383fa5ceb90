import { crc32 } from '../../base/checksum.js';
import { CoreCacheError, corruption } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';
import { readUint32, writeUint32 } from './block/block-format.js';

/**
 * What data and index files of every format version have in common, so that a program can tell a file of a newer
 * version from a damaged one: sixteen bytes, at the start of a data file and at the end of an index file.
 *
 *     frame = magic (8 bytes ASCII), format version u32, CRC-32 u32 of the twelve bytes before
 *
 *     data file = frame, file number u64, CRC-32 u32 of the file number, block*
 */
export const FRAME_BYTES = 16;
export const DATA_HEADER_BYTES = FRAME_BYTES + 12;
export const DATA_MAGIC = 'CCTBLDAT';
export const INDEX_MAGIC = 'CCTBLIDX';
/**
 * Since 2 blocks may be compressed, since 3 they may have directories. A data file says what a program has to know: one
 * that does not know it must not take the blocks for damaged, or a repair would leave them out.
 */
export const DATA_FORMAT_VERSION = 3;
export const DATA_FORMAT_COMPRESSED = 2;
/**
 * Since 2 the sections of an index file say which they are, so that there can be more of them; since 3 it is made of
 * pages, and the sections behind them say where these are.
 */
export const INDEX_FORMAT_VERSION = 3;
export const INDEX_FORMAT_PAGED = 3;

export function writeFrame(target: Uint8Array, offset: number, magic: string, version: number): void {
  for (let i = 0; i < 8; i++) target[offset + i] = magic.charCodeAt(i);
  writeUint32(target, offset + 8, version);
  writeUint32(target, offset + 12, crc32(target.subarray(offset, offset + 12)));
}

/** Returns the format version, of 1 to `versionMax`. @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT` */
export function checkFrame(
  source: Uint8Array,
  offset: number,
  magic: string,
  versionMax: number,
  path: string,
): number {
  if (offset < 0 || source.length < offset + FRAME_BYTES) throw corruption(path, undefined, 'file is too short');
  if (readUint32(source, offset + 12) !== crc32(source.subarray(offset, offset + 12))) {
    throw corruption(path, offset, 'magic and format version do not match their checksum');
  }
  for (let i = 0; i < 8; i++) {
    if (source[offset + i] !== magic.charCodeAt(i)) throw corruption(path, offset, `magic is not ${magic}`);
  }
  const version = readUint32(source, offset + 8);
  if (version > versionMax) {
    throw new CoreCacheError('NEWER_FORMAT', `${path} has format ${version}; this program knows up to ${versionMax}`, {
      data: { file: path, version },
    });
  }
  if (version === 0) throw corruption(path, offset + 8, `format ${version} was never written`);
  return version;
}

/** The start of a data file; under another `magic` also that of a value file. */
export function dataHeader(fileNumber: FileNumber, version: number, magic = DATA_MAGIC): Uint8Array {
  const header = new Uint8Array(DATA_HEADER_BYTES);
  writeFrame(header, 0, magic, version);
  writeUint32(header, FRAME_BYTES, fileNumber);
  writeUint32(header, FRAME_BYTES + 4, Math.floor(fileNumber / 2 ** 32));
  writeUint32(header, FRAME_BYTES + 8, crc32(header.subarray(FRAME_BYTES, FRAME_BYTES + 8)));
  return header;
}

/** @throws CoreCacheError `CORRUPTION`, `NEWER_FORMAT` */
export function checkDataHeader(
  header: Uint8Array,
  fileNumber: FileNumber,
  path: string,
  magic = DATA_MAGIC,
  versionMax = DATA_FORMAT_VERSION,
): void {
  const version = checkFrame(header, 0, magic, versionMax, path);
  const expected = dataHeader(fileNumber, version, magic);
  for (let i = FRAME_BYTES; i < DATA_HEADER_BYTES; i++) {
    if (header[i] !== expected[i]) throw corruption(path, FRAME_BYTES, `file number is not ${fileNumber}`);
  }
}
