import { corruption, isCoreCacheError, messageOf } from '../../../base/errors.js';
import { VarintReader } from '../../../base/varint.js';
import { BLOCK_TRAILER_BYTES, checkBlock } from './block-format.js';
import { CODEC_NONE } from '../codec/codec.js';
import { codecWithId } from '../codec/codec-table.js';

/** An entry, however small, and the count behind it. */
const CONTENT_BYTES_MIN = 8;

/**
 * The contents of a compressed block, in memory of their own; `undefined` where they are stored as they are: then they are
 * all of `bytes` but the trailer.
 *
 * The checksum says that the bytes are those that were written; it is not relied on for more. The length that a compressed
 * block claims for its contents is held against the most that its codec can make of so many bytes, before memory is
 * reserved for it; and what comes out has to be exactly that long.
 *
 * @param bytes of the whole block, as read at `position` of the file
 * @throws CoreCacheError `CORRUPTION` with file and offset; `CODEC_MISSING` when it takes a package that is not there
 */
export function unpackBlock(
  bytes: Uint8Array,
  path: string,
  fileNumber: number,
  position: number,
): Uint8Array | undefined {
  const codecId = checkBlock(bytes, path, fileNumber, position);
  const storedBytes = bytes.length - BLOCK_TRAILER_BYTES;
  const contents =
    codecId === CODEC_NONE ? undefined : decompress(bytes.subarray(0, storedBytes), codecId, path, position);
  if ((contents?.length ?? storedBytes) < CONTENT_BYTES_MIN) {
    throw corruption(path, position, `a block of ${bytes.length} bytes is too short`);
  }
  return contents;
}

function decompress(stored: Uint8Array, codecId: number, path: string, position: number): Uint8Array {
  const codec = codecWithId(codecId);
  if (codec === undefined) throw corruption(path, position, `codec ${codecId} is not known`);
  const reader = new VarintReader(stored, 0, stored.length, (what): never => {
    throw corruption(path, position, `compressed block: ${what}`);
  });
  const contentBytes = reader.varint();
  if (contentBytes > stored.length * codec.expansionMax) {
    throw corruption(path, position, `${stored.length} compressed bytes cannot hold ${contentBytes}`);
  }
  let contents: Uint8Array;
  try {
    contents = codec.decompress(stored, reader.offset, contentBytes);
  } catch (error) {
    if (isCoreCacheError(error)) throw error;
    throw corruption(path, position, `block cannot be decompressed: ${messageOf(error)}`, error);
  }
  if (contents.length !== contentBytes) {
    throw corruption(path, position, `block holds ${contents.length} bytes, not the ${contentBytes} that it says`);
  }
  return contents;
}
