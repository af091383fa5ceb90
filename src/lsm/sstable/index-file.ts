import { corruption } from '../../base/errors.js';
import type { VarintReader } from '../../base/varint.js';
import { readUint32, writeUint32 } from './block-format.js';
import { BlockIndex, encodeBlockIndex, type BlockNote } from './block-index.js';
import { BlockStarts, encodeBlockStarts } from './block-starts.js';
import { KEY_HASH_ID, type BloomBits } from './bloom-filter.js';
import { DATA_HEADER_BYTES } from './file-frame.js';
import { decodeSections, encodeSections, SectionId } from './index-sections.js';
import { decodeProperties, encodeProperties, type TableProperties } from './table-properties.js';

/**
 * The index file of a table, read in one go, in sections (see `encodeSections`): properties, block index, filter, and
 * block starts, which tables of format 1 do not have.
 *
 *     filter = hash id u8, probes u8, bit count u32, bits           empty when the table has no filter
 */
const FILTER_HEADER_BYTES = 6;

export interface TableIndex extends TableProperties {
  readonly blocks: BlockIndex;
  /** `undefined` in tables of format 1. */
  readonly blockStarts: BlockStarts | undefined;
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
  return encodeSections([
    { id: SectionId.properties, bytes: encodeProperties(properties) },
    { id: SectionId.blocks, bytes: encodeBlockIndex(notes) },
    { id: SectionId.filter, bytes: encodeFilter(filter) },
    { id: SectionId.blockStarts, bytes: encodeBlockStarts(notes) },
  ]);
}

/** @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT` */
export function decodeIndexFile(bytes: Uint8Array, path: string): TableIndex {
  const sections = decodeSections(bytes, path);
  const properties = decodeWhole(sections, SectionId.properties, path, decodeProperties);
  const blocks = decodeWhole(sections, SectionId.blocks, path, (reader) => new BlockIndex(reader, DATA_HEADER_BYTES));
  if (blocks.blockCount === 0 || blocks.positions[blocks.blockCount] !== properties.summary.dataBytes) {
    throw corruption(path, undefined, 'block index does not cover the data file');
  }
  const filter = decodeWhole(sections, SectionId.filter, path, (reader) => decodeFilter(reader, path));
  const blockStarts = sections.has(SectionId.blockStarts)
    ? decodeWhole(sections, SectionId.blockStarts, path, (reader) => new BlockStarts(reader, blocks, path))
    : undefined;
  return { ...properties, blocks, blockStarts, filter, byteLength: bytes.length };
}

/** A section that must be there, and hold nothing more than is read of it. */
function decodeWhole<T>(
  sections: ReadonlyMap<number, VarintReader>,
  id: number,
  path: string,
  decode: (reader: VarintReader) => T,
): T {
  const reader = sections.get(id);
  if (reader === undefined) throw corruption(path, undefined, `section ${id} is missing`);
  const decoded = decode(reader);
  if (reader.remaining !== 0) throw corruption(path, reader.offset, `bytes left over in section ${id}`);
  return decoded;
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
