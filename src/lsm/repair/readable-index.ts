import { crc32 } from '../../base/checksum.js';
import { corruption, isCoreCacheError, messageOf } from '../../base/errors.js';
import { VarintReader } from '../../base/varint.js';
import { readUint32 } from '../sstable/block-format.js';
import { BlockIndex } from '../sstable/block-index.js';
import { DATA_HEADER_BYTES } from '../sstable/file-frame.js';
import { decodeIndexFile, type TableIndex } from '../sstable/index-file.js';
import { decodeProperties } from '../sstable/table-properties.js';

export interface ReadableIndex {
  readonly index: TableIndex;
  /** What is wrong with the rest of the file; `undefined` when it is whole. */
  readonly problem: string | undefined;
}

/**
 * As much of an index file as is needed to read the data file: where the blocks are, and what the numbers of their entries
 * count from. Both sections say themselves where they end and have a checksum behind them, so neither the footer nor the
 * filter has to be whole. Without them the data file is lost: blocks have no marks by which they could be found, and their
 * entries no sequences.
 *
 * @throws CoreCacheError `CORRUPTION` when one of the two is damaged, `NEWER_FORMAT`
 */
export function readIndex(bytes: Uint8Array, path: string): ReadableIndex {
  try {
    return { index: decodeIndexFile(bytes, path), problem: undefined };
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return { index: readFirstSections(bytes, path), problem: messageOf(error) };
  }
}

function readFirstSections(bytes: Uint8Array, path: string): TableIndex {
  const reader = new VarintReader(bytes, 0, bytes.length, (what, at): never => {
    throw corruption(path, at, what);
  });
  const properties = decodeProperties(reader);
  passChecksum(bytes, 0, reader, path);
  const start = reader.offset;
  const blocks = new BlockIndex(reader, DATA_HEADER_BYTES);
  passChecksum(bytes, start, reader, path);
  if (blocks.blockCount === 0 || blocks.positions[blocks.blockCount] !== properties.summary.dataBytes) {
    throw corruption(path, start, 'block index does not cover the data file');
  }
  return { ...properties, blocks, blockStarts: undefined, filter: undefined, byteLength: bytes.length };
}

function passChecksum(bytes: Uint8Array, start: number, reader: VarintReader, path: string): void {
  const end = reader.offset;
  reader.bytes(4);
  if (readUint32(bytes, end) !== crc32(bytes.subarray(start, end))) {
    throw corruption(path, start, 'section does not match its checksum');
  }
}
