import { crc32 } from '../../base/checksum.js';
import { CoreCacheError, corruption } from '../../base/errors.js';
import { VarintReader } from '../../base/varint.js';
import { readUint32, writeUint32 } from './block-format.js';
import { checkFrame, FRAME_BYTES, INDEX_FORMAT_VERSION, INDEX_MAGIC, writeFrame } from './file-frame.js';

/**
 * What the sections of an index file are; the numbers are on disk and never change. A program that does not know one
 * below `SECTION_OPTIONAL` must not read the table; those from there on it may pass over.
 */
export const SectionId = { properties: 1, blocks: 2, filter: 3, blockStarts: 128 } as const;
const SECTION_OPTIONAL = 128;
const REQUIRED_KNOWN: readonly number[] = [SectionId.properties, SectionId.blocks, SectionId.filter];

export interface IndexSection {
  readonly id: number;
  readonly bytes: Uint8Array;
}

const COUNT_BYTES = 4;
const CRC_BYTES = 4;
const NOTE_BYTES = 8;

/**
 *     index file = (section, CRC)*, footer
 *     footer     = (section id u32, section length u32)*count, count u32, CRC, frame
 *
 * CRC is a CRC-32 u32 of the section, or of the footer up to there. Numbers are little-endian.
 */
export function encodeSections(sections: readonly IndexSection[]): Uint8Array {
  const footer = sections.reduce((sum, { bytes }) => sum + bytes.length + CRC_BYTES, 0);
  const footerEnd = footer + sections.length * NOTE_BYTES + COUNT_BYTES;
  const file = new Uint8Array(footerEnd + CRC_BYTES + FRAME_BYTES);
  let offset = 0;
  for (const [i, { id, bytes }] of sections.entries()) {
    file.set(bytes, offset);
    writeUint32(file, offset + bytes.length, crc32(bytes));
    offset += bytes.length + CRC_BYTES;
    writeUint32(file, footer + i * NOTE_BYTES, id);
    writeUint32(file, footer + i * NOTE_BYTES + 4, bytes.length);
  }
  writeUint32(file, footerEnd - COUNT_BYTES, sections.length);
  writeUint32(file, footerEnd, crc32(file.subarray(footer, footerEnd)));
  writeFrame(file, footerEnd + CRC_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION);
  return file;
}

/**
 * The sections by id, each a reader over its bytes, whose checksum is right.
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`
 */
export function decodeSections(file: Uint8Array, path: string): ReadonlyMap<number, VarintReader> {
  const version = checkFrame(file, file.length - FRAME_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION, path);
  const { footer, notes } = version === 1 ? decodeFirstFooter(file, path) : decodeFooter(file, path);
  const sections = new Map<number, VarintReader>();
  let offset = 0;
  for (const { id, length } of notes) {
    const end = offset + length;
    if (end + CRC_BYTES > footer) throw corruption(path, footer, 'sections run into the footer');
    if (readUint32(file, end) !== crc32(file.subarray(offset, end))) {
      throw corruption(path, offset, 'section does not match its checksum');
    }
    if (id < SECTION_OPTIONAL && !REQUIRED_KNOWN.includes(id)) {
      throw new CoreCacheError('NEWER_FORMAT', `${path} has a section ${id}, which this program does not know`, {
        data: { file: path, section: id },
      });
    }
    if (sections.has(id)) throw corruption(path, footer, `section ${id} is there twice`);
    sections.set(id, new VarintReader(file, offset, end, failIn(path)));
    offset = end + CRC_BYTES;
  }
  if (offset !== footer) throw corruption(path, offset, 'bytes between the sections and the footer');
  return sections;
}

interface Footer {
  /** Where it begins. */
  readonly footer: number;
  readonly notes: readonly { readonly id: number; readonly length: number }[];
}

function decodeFooter(file: Uint8Array, path: string): Footer {
  const end = file.length - FRAME_BYTES - CRC_BYTES;
  const count = end < COUNT_BYTES ? 0 : readUint32(file, end - COUNT_BYTES);
  const footer = end - COUNT_BYTES - count * NOTE_BYTES;
  checkFooter(file, footer, end, path);
  const notes = Array.from({ length: count }, (_, i) => ({
    id: readUint32(file, footer + i * NOTE_BYTES),
    length: readUint32(file, footer + i * NOTE_BYTES + 4),
  }));
  return { footer, notes };
}

/** Format 1: `footer = length u32 of each of the three sections, CRC, frame`. */
function decodeFirstFooter(file: Uint8Array, path: string): Footer {
  const end = file.length - FRAME_BYTES - CRC_BYTES;
  const footer = end - REQUIRED_KNOWN.length * 4;
  checkFooter(file, footer, end, path);
  return { footer, notes: REQUIRED_KNOWN.map((id, i) => ({ id, length: readUint32(file, footer + i * 4) })) };
}

function checkFooter(file: Uint8Array, footer: number, end: number, path: string): void {
  if (footer < 0) throw corruption(path, undefined, 'file is too short');
  if (readUint32(file, end) !== crc32(file.subarray(footer, end))) {
    throw corruption(path, footer, 'footer does not match its checksum');
  }
}

function failIn(path: string): (what: string, offset: number) => never {
  return (what, offset) => {
    throw corruption(path, offset, what);
  };
}
