import { crc32 } from '../../../base/checksum.js';
import { CoreCacheError, corruption } from '../../../base/errors.js';
import { VarintReader } from '../../../base/varint.js';
import { readUint32, writeUint32 } from '../block/block-format.js';
import {
  checkFrame,
  FRAME_BYTES,
  INDEX_FORMAT_PAGED,
  INDEX_FORMAT_VERSION,
  INDEX_MAGIC,
  writeFrame,
} from '../file-frame.js';

/**
 * What the sections of an index file are; the numbers are on disk and never change. A program that does not know one
 * below `SECTION_OPTIONAL` must not read the table; those from there on it may pass over. Blocks, filter and block
 * starts are of formats before 3, pages of those since.
 */
export const SectionId = { properties: 1, blocks: 2, filter: 3, pages: 4, blockStarts: 128 } as const;
const SECTION_OPTIONAL = 128;
const REQUIRED_KNOWN: readonly number[] = [SectionId.properties, SectionId.blocks, SectionId.filter, SectionId.pages];
/** Of format 1, in this order. */
const FIRST_SECTIONS: readonly number[] = [SectionId.properties, SectionId.blocks, SectionId.filter];

export interface IndexSection {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const COUNT_BYTES = 4;
const CRC_BYTES = 4;
const NOTE_BYTES = 8;

/**
 *     index file = page*, (section, CRC)*, footer
 *     footer     = (section id u32, section length u32)*count, count u32, CRC, frame
 *
 * CRC is a CRC-32 u32 of the section, or of the footer up to there. Numbers are little-endian. In formats before 3
 * there are no pages. What is behind the pages is the _tail_ of the file.
 */
export function encodeSections(sections: readonly IndexSection[]): Uint8Array {
  const footer = sections.reduce((sum, { bytes }) => sum + bytes.length + CRC_BYTES, 0);
  const footerEnd = footer + sections.length * NOTE_BYTES + COUNT_BYTES;
  const tail = new Uint8Array(footerEnd + CRC_BYTES + FRAME_BYTES);
  let offset = 0;
  for (const [i, { id, bytes }] of sections.entries()) {
    tail.set(bytes, offset);
    writeUint32(tail, offset + bytes.length, crc32(bytes));
    offset += bytes.length + CRC_BYTES;
    writeUint32(tail, footer + i * NOTE_BYTES, id);
    writeUint32(tail, footer + i * NOTE_BYTES + 4, bytes.length);
  }
  writeUint32(tail, footerEnd - COUNT_BYTES, sections.length);
  writeUint32(tail, footerEnd, crc32(tail.subarray(footer, footerEnd)));
  writeFrame(tail, footerEnd + CRC_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION);
  return tail;
}

/**
 * How many bytes at the end of an index file have to be read to decode its sections, as far as `end`, the last bytes of
 * the file, tell: when it is more than `end` has, ask again with so many.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`
 */
export function tailLength(end: Uint8Array, fileBytes: number, path: string): number {
  const version = checkFrame(end, end.length - FRAME_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION, path);
  if (version < INDEX_FORMAT_PAGED) return fileBytes;
  const countEnd = end.length - FRAME_BYTES - CRC_BYTES;
  const notesBytes = countEnd < COUNT_BYTES ? 0 : readUint32(end, countEnd - COUNT_BYTES) * NOTE_BYTES;
  const footerBytes = notesBytes + COUNT_BYTES + CRC_BYTES + FRAME_BYTES;
  if (footerBytes > fileBytes) throw corruption(path, undefined, 'file is too short');
  if (footerBytes > end.length) return footerBytes;
  const { notes } = decodeFooter(end, path, fileBytes - end.length);
  const length = notes.reduce((sum, note) => sum + note.length + CRC_BYTES, footerBytes);
  if (length > fileBytes) throw corruption(path, fileBytes - footerBytes, 'sections are longer than the file');
  return length;
}

export interface IndexSections {
  readonly version: number;
  /** By id, each a reader over its bytes, whose checksum is right. */
  readonly sections: ReadonlyMap<number, VarintReader>;
  /** Where the sections begin in the file, and the pages end. */
  readonly start: number;
}

/**
 * @param tail the last bytes of the file, from `base` on: `tailLength` or more
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`
 */
export function decodeSections(tail: Uint8Array, path: string, base = 0): IndexSections {
  const version = checkFrame(tail, tail.length - FRAME_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION, path);
  const { footer, notes } = version === 1 ? decodeFirstFooter(tail, path) : decodeFooter(tail, path, base);
  const sections = new Map<number, VarintReader>();
  const sectionsBytes = notes.reduce((sum, { length }) => sum + length + CRC_BYTES, 0);
  const start = version < INDEX_FORMAT_PAGED ? 0 : footer - sectionsBytes;
  if (start < 0 || start + sectionsBytes !== footer) {
    throw corruption(path, base + footer, 'sections do not end where the footer begins');
  }
  let offset = start;
  for (const { id, length } of notes) {
    const end = offset + length;
    if (readUint32(tail, end) !== crc32(tail.subarray(offset, end))) {
      throw corruption(path, base + offset, 'section does not match its checksum');
    }
    if (id < SECTION_OPTIONAL && !REQUIRED_KNOWN.includes(id)) {
      throw new CoreCacheError('NEWER_FORMAT', `${path} has a section ${id}, which this program does not know`, {
        data: { file: path, section: id },
      });
    }
    if (sections.has(id)) throw corruption(path, base + footer, `section ${id} is there twice`);
    sections.set(id, new VarintReader(tail, offset, end, failIn(path, base)));
    offset = end + CRC_BYTES;
  }
  return { version, sections, start: base + start };
}

interface Footer {
  /** Where it begins in the bytes at hand. */
  readonly footer: number;
  readonly notes: readonly { readonly id: number; readonly length: number }[];
}

function decodeFooter(tail: Uint8Array, path: string, base: number): Footer {
  const end = tail.length - FRAME_BYTES - CRC_BYTES;
  const count = end < COUNT_BYTES ? 0 : readUint32(tail, end - COUNT_BYTES);
  const footer = end - COUNT_BYTES - count * NOTE_BYTES;
  checkFooter(tail, footer, end, path, base);
  const notes = Array.from({ length: count }, (_, i) => ({
    id: readUint32(tail, footer + i * NOTE_BYTES),
    length: readUint32(tail, footer + i * NOTE_BYTES + 4),
  }));
  return { footer, notes };
}

/** Format 1: `footer = length u32 of each of the three sections, CRC, frame`. */
function decodeFirstFooter(file: Uint8Array, path: string): Footer {
  const end = file.length - FRAME_BYTES - CRC_BYTES;
  const footer = end - FIRST_SECTIONS.length * 4;
  checkFooter(file, footer, end, path, 0);
  return { footer, notes: FIRST_SECTIONS.map((id, i) => ({ id, length: readUint32(file, footer + i * 4) })) };
}

function checkFooter(tail: Uint8Array, footer: number, end: number, path: string, base: number): void {
  if (footer < 0) throw corruption(path, undefined, 'file is too short');
  if (readUint32(tail, end) !== crc32(tail.subarray(footer, end))) {
    throw corruption(path, base + footer, 'footer does not match its checksum');
  }
}

function failIn(path: string, base: number): (what: string, offset: number) => never {
  return (what, offset) => {
    throw corruption(path, base + offset, what);
  };
}
