import { corruption } from '../../../base/errors.js';
import type { VarintReader } from '../../../base/varint.js';
import type { ReadableFile } from '../../../env/file-system.js';
import { NO_SLOTS } from '../../cache/pooled-entry.js';
import { readUint32, writeUint32 } from '../block/block-format.js';
import { onlyPage } from './earlier-index.js';
import { INDEX_FORMAT_PAGED } from '../file-frame.js';
import { IndexPage } from './index-page.js';
import { decodeSections, encodeSections, SectionId, tailLength } from './index-sections.js';
import { encodePage, readUint48, writeUint48, type IndexNote } from './page-format.js';
import { decodeProperties, encodeProperties, type TableProperties } from '../table-properties.js';

/**
 * The index file of a table: pages, each of which is read when it is needed, and behind them the sections (see
 * `encodeSections`) that are read when the table is opened: the properties, and where the pages are.
 *
 *     index file = (page, CRC u32)+, sections
 *     pages      = blocks a page u32, block count u32, position u48*page count, root
 *
 * A page is described with `encodePage`, and so is the root, whose children are the pages. All pages but the last have
 * as many blocks. The positions are those of the first block of each page. The checksum of a page starts from its place
 * in the file, as that of a block does.
 */
export const PAGE_TRAILER_BYTES = 4;

const PAGES_HEADER_BYTES = 8;
const POSITION_BYTES = 6;

/** Enough for the sections of a table of ordinary size. */
const TAIL_BYTES = 4096;

/** What is known of a table as long as it is open. */
export interface TableIndex extends TableProperties {
  /** Which page a key is in. */
  readonly root: IndexPage;
  /** Of each page but the last. */
  readonly pageBlocks: number;
  readonly blockCount: number;
  /** Where the first block of each page begins in the data file. */
  readonly blockPositions: Float64Array;
  /** The page of a table of an earlier format, which is none of its file. */
  readonly only: IndexPage | undefined;
  /** Size of the index file. */
  readonly byteLength: number;
  /** Memory that all this takes. */
  readonly memoryBytes: number;
}

/** What the writer notes of a page. */
export interface PageNote {
  /** As of any child, for the page of pages. */
  readonly note: IndexNote;
  /** Where its first block begins in the data file. */
  readonly blockPosition: number;
}

/** The sections of an index file, which go behind its pages. */
export function encodeTail(
  properties: TableProperties,
  pages: readonly PageNote[],
  pageBlocks: number,
  blockCount: number,
): Uint8Array {
  const root = encodePage(
    0,
    pages.map(({ note }) => note),
    undefined,
  );
  const rootStart = PAGES_HEADER_BYTES + pages.length * POSITION_BYTES;
  const section = new Uint8Array(rootStart + root.length);
  writeUint32(section, 0, pageBlocks);
  writeUint32(section, 4, blockCount);
  for (const [i, { blockPosition }] of pages.entries()) {
    writeUint48(section, PAGES_HEADER_BYTES + i * POSITION_BYTES, blockPosition);
  }
  section.set(root, rootStart);
  return encodeSections([
    { id: SectionId.properties, bytes: encodeProperties(properties) },
    { id: SectionId.pages, bytes: section },
  ]);
}

/** @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`, or of the file system */
export async function readIndex(file: ReadableFile): Promise<TableIndex> {
  const reading = readingOf(file);
  for (let step = reading.next(); ;) {
    if (step.done === true) return step.value;
    const end = new Uint8Array(step.value);
    step = reading.next(end.subarray(0, await file.read(end, file.size - end.length)));
  }
}

/** As `readIndex`, on this thread. */
export function readIndexSync(file: ReadableFile): TableIndex {
  const reading = readingOf(file);
  for (let step = reading.next(); ;) {
    if (step.done === true) return step.value;
    const end = new Uint8Array(step.value);
    step = reading.next(end.subarray(0, file.readSync(end, file.size - end.length)));
  }
}

/** Asks for so many last bytes of the file, until they are enough. */
function* readingOf({ path, size }: ReadableFile): Generator<number, TableIndex, Uint8Array> {
  for (let wanted = Math.min(size, TAIL_BYTES); ;) {
    const end = yield wanted;
    if (end.length < wanted) throw corruption(path, undefined, 'file is shorter than it was');
    wanted = tailLength(end, size, path);
    if (wanted <= end.length) return decodeIndex(end, size, path);
  }
}

/**
 * @param end the last bytes of the file, or all of it
 * @throws CoreCacheError `CORRUPTION` with file and offset, `NEWER_FORMAT`
 */
export function decodeIndex(end: Uint8Array, byteLength: number, path: string): TableIndex {
  const { version, sections, start } = decodeSections(end, path, byteLength - end.length);
  const whole = <T>(id: number, decode: (reader: VarintReader) => T): T => {
    const reader = sections.get(id);
    if (reader === undefined) throw corruption(path, undefined, `section ${id} is missing`);
    const decoded = decode(reader);
    if (reader.remaining !== 0) throw corruption(path, reader.offset, `bytes left over in section ${id}`);
    return decoded;
  };
  const properties = whole(SectionId.properties, decodeProperties);
  const pages =
    version < INDEX_FORMAT_PAGED
      ? pagesOf(onlyPage(sections, whole, path), byteLength)
      : whole(SectionId.pages, (reader) => decodePages(reader, start, path));
  const { blockPositions, only, root } = pages;
  if (only !== undefined && only.end(only.childCount - 1) !== properties.summary.dataBytes) {
    throw corruption(path, undefined, 'block index does not cover the data file');
  }
  // The root lies in what was read.
  const memoryBytes = (only === undefined ? end.length : only.charge + root.charge) + blockPositions.byteLength;
  return { ...properties, ...pages, byteLength, memoryBytes };
}

type Pages = Omit<TableIndex, keyof TableProperties | 'byteLength' | 'memoryBytes'>;

function decodePages(reader: VarintReader, sectionsStart: number, path: string): Pages {
  const header = reader.bytes(PAGES_HEADER_BYTES);
  const pageBlocks = readUint32(header, 0);
  const blockCount = readUint32(header, 4);
  const pageCount = Math.ceil(blockCount / pageBlocks);
  if (pageBlocks === 0 || blockCount === 0) throw corruption(path, reader.offset, 'table has no blocks');
  const positions = reader.bytes(pageCount * POSITION_BYTES);
  const bytes = reader.bytes(reader.remaining);
  const root = new IndexPage(bytes, bytes.length, NO_SLOTS, 0, path, sectionsStart);
  if (root.childCount !== pageCount || root.end(pageCount - 1) !== sectionsStart) {
    throw corruption(path, reader.offset, 'pages do not fill the file');
  }
  const blockPositions = Float64Array.from({ length: pageCount }, (_, i) => readUint48(positions, i * POSITION_BYTES));
  return { root, pageBlocks, blockCount, blockPositions, only: undefined };
}

/** The index of a table that has one page. */
function pagesOf(only: IndexPage, byteLength: number): Pages {
  const blockCount = only.childCount;
  const separator = only.separator(blockCount - 1);
  const bytes = encodePage(0, [{ separator, end: byteLength, start: undefined }], undefined);
  const root = new IndexPage(bytes, bytes.length, NO_SLOTS, 0, '', 0);
  return { root, pageBlocks: blockCount, blockCount, blockPositions: Float64Array.of(only.position(0)), only };
}
