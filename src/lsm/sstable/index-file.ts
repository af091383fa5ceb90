import { crc32 } from '../../base/checksum.js';
import { corruption } from '../../base/errors.js';
import { VarintReader } from '../../base/varint.js';
import { readUint32, writeUint32 } from './block-format.js';
import { BlockIndex, encodeBlockIndex, type BlockNote } from './block-index.js';
import { KEY_HASH_ID, type BloomBits } from './bloom-filter.js';
import { checkFrame, DATA_HEADER_BYTES, FRAME_BYTES, INDEX_MAGIC, writeFrame } from './file-frame.js';
import { decodeProperties, encodeProperties, type TableProperties } from './table-properties.js';

/**
 * The index file of a table, read in one go:
 *
 *     index file = properties, CRC, block index, CRC, filter, CRC, footer
 *     filter     = hash id u8, probes u8, bit count u32, bits           empty when the table has no filter
 *     footer     = length u32 of each of the three sections, CRC, frame
 *
 * CRC is a CRC-32 u32 of the section, or of the lengths, before it. Numbers are little-endian.
 */
const SECTION_COUNT = 3;
const FOOTER_BYTES = SECTION_COUNT * 4 + 4 + FRAME_BYTES;
const FILTER_HEADER_BYTES = 6;

export interface TableIndex extends TableProperties {
  readonly blocks: BlockIndex;
  /** `undefined` when the table has none: every key may be there. */
  readonly filter: BloomBits | undefined;
  /** Size of the index file. */
  readonly byteLength: number;
}

export function encodeIndexFile(
  properties: TableProperties,
  notes: readonly BlockNote[],
  filter: BloomBits | undefined,
): Uint8Array {
  const sections = [encodeProperties(properties), encodeBlockIndex(notes), encodeFilter(filter)];
  const sectionBytes = sections.reduce((sum, section) => sum + section.length + 4, 0);
  const bytes = new Uint8Array(sectionBytes + FOOTER_BYTES);
  let offset = 0;
  sections.forEach((section, i) => {
    bytes.set(section, offset);
    writeUint32(bytes, offset + section.length, crc32(section));
    offset += section.length + 4;
    writeUint32(bytes, sectionBytes + i * 4, section.length);
  });
  const lengthsEnd = sectionBytes + SECTION_COUNT * 4;
  writeUint32(bytes, lengthsEnd, crc32(bytes.subarray(sectionBytes, lengthsEnd)));
  writeFrame(bytes, lengthsEnd + 4, INDEX_MAGIC);
  return bytes;
}

/** @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT` */
export function decodeIndexFile(bytes: Uint8Array, path: string): TableIndex {
  const footer = bytes.length - FOOTER_BYTES;
  checkFrame(bytes, bytes.length - FRAME_BYTES, INDEX_MAGIC, path);
  if (footer < 0) throw corruption(path, undefined, 'file is too short');
  const lengthsEnd = footer + SECTION_COUNT * 4;
  if (readUint32(bytes, lengthsEnd) !== crc32(bytes.subarray(footer, lengthsEnd))) {
    throw corruption(path, footer, 'footer does not match its checksum');
  }
  const readers: VarintReader[] = [];
  let offset = 0;
  for (let i = 0; i < SECTION_COUNT; i++) {
    const end = offset + readUint32(bytes, footer + i * 4);
    if (end + 4 > footer) throw corruption(path, footer, 'sections run into the footer');
    if (readUint32(bytes, end) !== crc32(bytes.subarray(offset, end))) {
      throw corruption(path, offset, 'section does not match its checksum');
    }
    readers.push(
      new VarintReader(bytes, offset, end, (what, at): never => {
        throw corruption(path, at, what);
      }),
    );
    offset = end + 4;
  }
  if (offset !== footer) throw corruption(path, offset, 'bytes between the sections and the footer');
  const properties = decodeProperties(readers[0]!);
  const blocks = new BlockIndex(readers[1]!, DATA_HEADER_BYTES);
  const filter = decodeFilter(readers[2]!, path);
  for (const reader of readers) {
    if (reader.remaining !== 0) throw corruption(path, reader.offset, 'bytes left over in a section');
  }
  if (blocks.blockCount === 0 || blocks.positions[blocks.blockCount] !== properties.summary.dataBytes) {
    throw corruption(path, undefined, 'block index does not cover the data file');
  }
  return { ...properties, blocks, filter, byteLength: bytes.length };
}

function encodeFilter(filter: BloomBits | undefined): Uint8Array {
  if (filter === undefined) return new Uint8Array(0);
  const section = new Uint8Array(FILTER_HEADER_BYTES + filter.bits.length);
  section[0] = KEY_HASH_ID;
  section[1] = filter.probes;
  writeUint32(section, 2, filter.bitCount);
  section.set(filter.bits, FILTER_HEADER_BYTES);
  return section;
}

function decodeFilter(reader: VarintReader, path: string): BloomBits | undefined {
  if (reader.remaining === 0) return undefined;
  const start = reader.offset;
  const header = reader.bytes(FILTER_HEADER_BYTES);
  const bits = reader.bytes(reader.remaining);
  const bitCount = readUint32(header, 2);
  if (header[0] !== KEY_HASH_ID) throw corruption(path, start, `filter hash ${header[0]!} is not known`);
  if (bitCount === 0 || bitCount !== bits.length * 8) throw corruption(path, start + 2, 'filter has the wrong size');
  return { probes: header[1]!, bitCount, bits };
}
