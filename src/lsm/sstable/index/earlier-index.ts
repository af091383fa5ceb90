import { corruption } from '../../../base/errors.js';
import type { VarintReader } from '../../../base/varint.js';
import { NO_SLOTS } from '../../cache/pooled-entry.js';
import { readUint32 } from '../block/block-format.js';
import { KEY_HASH_ID, type BloomBits } from './bloom-filter.js';
import { DATA_HEADER_BYTES } from '../file-frame.js';
import { IndexPage } from './index-page.js';
import { SectionId } from './index-sections.js';
import { encodePage, type IndexNote } from './page-format.js';

/**
 * The index of tables of formats 1 and 2, which is read as a whole, made into one page.
 *
 *     block index  = block count varint, (block length varint, separator length varint)*count, separator*count
 *     filter       = hash id u8, probes u8, bit count u32, bits           empty when the table has no filter
 *     block starts = (depth varint, [byte u8])*(block count - 1)          the byte when depth is not 0
 *
 * Blocks follow each other without gaps, the first behind the header of the data file. The start of a block is the
 * first `depth - 1` bytes of the separator before it, followed by the byte. Format 1 has no block starts.
 */
const FILTER_HEADER_BYTES = 6;

/** Decodes a section that must be there, and hold nothing more than is read of it. */
type DecodeWhole = <T>(id: number, decode: (reader: VarintReader) => T) => T;

/** @throws CoreCacheError `CORRUPTION` with file and offset */
export function onlyPage(sections: ReadonlyMap<number, unknown>, whole: DecodeWhole, path: string): IndexPage {
  const notes = whole(SectionId.blocks, decodeBlockIndex);
  if (notes.length === 0) throw corruption(path, undefined, 'block index is empty');
  const filter = whole(SectionId.filter, (reader) => decodeFilter(reader, path));
  const starts = sections.has(SectionId.blockStarts)
    ? whole(SectionId.blockStarts, (reader) => decodeStarts(reader, notes, path))
    : [];
  const bytes = encodePage(
    DATA_HEADER_BYTES,
    notes.map((note, i) => ({ ...note, start: starts[i] })),
    filter,
  );
  return new IndexPage(bytes, bytes.length, NO_SLOTS, 0, path, 0);
}

/** Without the starts. */
export function decodeBlockIndex(reader: VarintReader): IndexNote[] {
  const count = reader.varint();
  // Two bytes a block at least: what the count makes us reserve is bounded by the bytes at hand.
  if (count * 2 > reader.remaining) reader.bytes(count * 2);
  let end = DATA_HEADER_BYTES;
  const lengths = Array.from({ length: count }, () => {
    end += reader.varint();
    return { end, separatorLength: reader.varint() };
  });
  return lengths.map((block) => ({
    separator: reader.bytes(block.separatorLength),
    end: block.end,
    start: undefined,
  }));
}

function decodeStarts(reader: VarintReader, notes: readonly IndexNote[], path: string): (Uint8Array | undefined)[] {
  return notes.map((_, i) => {
    const depth = i === 0 ? 0 : reader.varint();
    if (depth === 0) return undefined;
    const { separator } = notes[i - 1]!;
    if (depth - 1 > separator.length) throw corruption(path, reader.offset, 'a start has no such separator');
    const start = new Uint8Array(depth);
    start.set(separator.subarray(0, depth - 1));
    start[depth - 1] = reader.byte();
    return start;
  });
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
