import { crc32 } from '../../base/checksum.js';
import { corruption, isCoreCacheError, messageOf } from '../../base/errors.js';
import type { FileNumber } from '../../base/numbers.js';
import { VarintReader } from '../../base/varint.js';
import { NO_SLOTS } from '../cache/pooled-entry.js';
import { readUint32 } from '../sstable/block/block-format.js';
import { decodeBlockIndex } from '../sstable/index/earlier-index.js';
import { DATA_HEADER_BYTES } from '../sstable/file-frame.js';
import { decodeIndex, PAGE_TRAILER_BYTES, type TableIndex } from '../sstable/index/index-file.js';
import { IndexPage } from '../sstable/index/index-page.js';
import { HEADER_BYTES, pageLength } from '../sstable/index/page-format.js';
import { checkPage } from '../sstable/read/table-pages.js';
import { decodeProperties, type TableProperties } from '../sstable/table-properties.js';
import type { BlockPlace } from './find-blocks.js';

/** A block of the data file; or several, of which the index does not say any more where each begins. */
export interface DataStretch extends BlockPlace {
  readonly isBlock: boolean;
  /** Keys from the first, which is excluded where it is the end of the stretch before, through the last. */
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
}

export interface ReadableIndex extends TableProperties {
  /** All of the data file behind its header, in its order. */
  readonly stretches: readonly DataStretch[];
  /** Size of the index file. */
  readonly byteLength: number;
  /** What is wrong with the file; none when it is whole. */
  readonly problems: readonly string[];
}

/**
 * As much of an index file as is needed to read the data file: what the numbers of its entries count from, and where
 * the blocks are. Of a page that is damaged it is known where its blocks lie together, and they can be found there (see
 * `findBlocks`). When it is the end of the file that is damaged, the pages are gone through from the first: each says
 * itself how long it is and has a checksum behind it, and so have the properties that follow the last. Without the
 * properties the data file is lost: its entries have no sequences.
 *
 * @throws CoreCacheError `CORRUPTION` when it is lost, `NEWER_FORMAT`
 */
export function readableIndex(bytes: Uint8Array, fileNumber: FileNumber, path: string): ReadableIndex {
  let index: TableIndex;
  try {
    index = decodeIndex(bytes, bytes.length, path);
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return { ...fromTheFront(bytes, fileNumber, path), problems: [messageOf(error)] };
  }
  const { base, summary, byteLength, only } = index;
  const stretches: DataStretch[] = [];
  const problems: string[] = [];
  if (only !== undefined) addBlocks(only, summary.firstKey, stretches);
  else addPages(bytes, index, path, stretches, problems);
  return { base, summary, byteLength, stretches: upTo(summary.lastKey, stretches), problems };
}

function addPages(
  bytes: Uint8Array,
  { root, blockPositions, summary }: TableIndex,
  path: string,
  stretches: DataStretch[],
  problems: string[],
): void {
  for (let number = 0; number < root.childCount; number++) {
    const position = root.position(number);
    const firstKey = number === 0 ? summary.firstKey : root.separator(number - 1);
    try {
      addBlocks(pageAt(bytes, position, root.end(number), summary.fileNumber, path), firstKey, stretches);
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      problems.push(messageOf(error));
      stretches.push({
        isBlock: false,
        position: blockPositions[number]!,
        end: blockPositions[number + 1] ?? summary.dataBytes,
        firstKey,
        lastKey: root.separator(number),
      });
    }
  }
}

function addBlocks(page: IndexPage, firstKey: Uint8Array, stretches: DataStretch[]): void {
  for (let child = 0; child < page.childCount; child++) {
    stretches.push({
      isBlock: true,
      position: page.position(child),
      end: page.end(child),
      firstKey: child === 0 ? firstKey : page.separator(child - 1),
      lastKey: page.separator(child),
    });
  }
}

/** The end of the last block is the last key, and no separator. */
function upTo(lastKey: Uint8Array, stretches: readonly DataStretch[]): DataStretch[] {
  return stretches.map((stretch, i) => (i === stretches.length - 1 ? { ...stretch, lastKey } : stretch));
}

function pageAt(bytes: Uint8Array, position: number, end: number, fileNumber: FileNumber, path: string): IndexPage {
  const page = bytes.subarray(position, end);
  checkPage(page, path, fileNumber, position);
  return new IndexPage(page, page.length - PAGE_TRAILER_BYTES, NO_SLOTS, 0, path, position);
}

type FrontOfIndex = Omit<ReadableIndex, 'problems'>;

function fromTheFront(bytes: Uint8Array, fileNumber: FileNumber, path: string): FrontOfIndex {
  const pages: IndexPage[] = [];
  let position = 0;
  for (;;) {
    const left = bytes.subarray(position);
    const end = position + (left.length < HEADER_BYTES ? Infinity : pageLength(left) + PAGE_TRAILER_BYTES);
    if (end > bytes.length || !isPage(bytes.subarray(position, end), fileNumber, position, path)) break;
    pages.push(pageAt(bytes, position, end, fileNumber, path));
    position = end;
  }
  if (pages.length === 0) return earlierFromTheFront(bytes, path);
  const reader = readerOf(bytes, position, path);
  const properties = decodeProperties(reader);
  passChecksum(bytes, position, reader, path);
  const stretches: DataStretch[] = [];
  for (const page of pages) addBlocks(page, stretches.at(-1)?.lastKey ?? properties.summary.firstKey, stretches);
  return covering(properties, stretches, bytes, path);
}

function isPage(bytes: Uint8Array, fileNumber: FileNumber, position: number, path: string): boolean {
  try {
    checkPage(bytes, path, fileNumber, position);
    return true;
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return false;
  }
}

/** In formats before 3 properties and block index come first, and both say themselves where they end. */
function earlierFromTheFront(bytes: Uint8Array, path: string): FrontOfIndex {
  const reader = readerOf(bytes, 0, path);
  const properties = decodeProperties(reader);
  passChecksum(bytes, 0, reader, path);
  const start = reader.offset;
  const notes = decodeBlockIndex(reader);
  passChecksum(bytes, start, reader, path);
  const stretches = notes.map(({ separator, end }, i) => ({
    isBlock: true,
    position: notes[i - 1]?.end ?? DATA_HEADER_BYTES,
    end,
    firstKey: notes[i - 1]?.separator ?? properties.summary.firstKey,
    lastKey: separator,
  }));
  return covering(properties, stretches, bytes, path);
}

function covering(
  properties: TableProperties,
  stretches: readonly DataStretch[],
  { length: byteLength }: Uint8Array,
  path: string,
): FrontOfIndex {
  const { summary } = properties;
  if (stretches[0]?.position !== DATA_HEADER_BYTES || stretches.at(-1)?.end !== summary.dataBytes) {
    throw corruption(path, 0, 'index does not cover the data file');
  }
  return { ...properties, stretches: upTo(summary.lastKey, stretches), byteLength };
}

function readerOf(bytes: Uint8Array, start: number, path: string): VarintReader {
  return new VarintReader(bytes, start, bytes.length, (what, at): never => {
    throw corruption(path, at, what);
  });
}

function passChecksum(bytes: Uint8Array, start: number, reader: VarintReader, path: string): void {
  const end = reader.offset;
  reader.bytes(4);
  if (readUint32(bytes, end) !== crc32(bytes.subarray(start, end))) {
    throw corruption(path, start, 'section does not match its checksum');
  }
}
