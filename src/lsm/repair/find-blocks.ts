import { crc32 } from '../../base/checksum.js';
import { BLOCK_TRAILER_BYTES, placeOf, readUint32 } from '../sstable/block/block-format.js';
import { CODEC_NONE } from '../sstable/codec/codec.js';
import { codecWithId } from '../sstable/codec/codec-table.js';

/** Where a block is in its data file. */
export interface BlockPlace {
  readonly position: number;
  readonly end: number;
}

const CRC_BYTES = 4;

/**
 * Finds blocks without an index. They follow each other without gaps, and each ends with the checksum of all of it
 * before, which starts from its place; so a block ends at the first place where what stands there is the checksum up to
 * there. That it does so by chance before the end is likely once in a million blocks, and then what follows is not
 * found.
 *
 * @param bytes of the data file from `position` on, where a block begins
 * @returns the blocks up to the first that is damaged
 */
export function findBlocks(bytes: Uint8Array, fileNumber: number, position: number): BlockPlace[] {
  const found: BlockPlace[] = [];
  for (let start = 0; ;) {
    const length = lengthOfBlock(bytes.subarray(start), fileNumber, position + start);
    if (length === undefined) return found;
    found.push({ position: position + start, end: position + start + length });
    start += length;
  }
}

function lengthOfBlock(bytes: Uint8Array, fileNumber: number, position: number): number | undefined {
  let crc = placeOf(fileNumber, position);
  for (let at = 0; at + CRC_BYTES <= bytes.length; at++) {
    const length = at + CRC_BYTES;
    if (length > BLOCK_TRAILER_BYTES && readUint32(bytes, at) === crc && isCodec(bytes[at - 1]!)) return length;
    crc = crc32(bytes.subarray(at, at + 1), crc);
  }
  return undefined;
}

function isCodec(id: number): boolean {
  return id === CODEC_NONE || codecWithId(id) !== undefined;
}
