import { join } from 'node:path';
import { compareRanges, copyOf } from '../../base/bytes.js';
import { isCoreCacheError, messageOf, reasonOf } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import { CursorState } from '../iterator/cursor.js';
import { checkDataHeader, DATA_HEADER_BYTES } from '../sstable/file-frame.js';
import { unpackBlock } from '../sstable/block/unpack-block.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { findBlocks, type BlockPlace } from './find-blocks.js';
import { readableIndex, type DataStretch, type ReadableIndex } from './readable-index.js';
import { SoundBlocks, SoundBlocksCursor } from './sound-blocks.js';
import { ValueSurvey } from './survey-values.js';
import { harmless, type TableDamage } from './table-damage.js';

/** What can be read of a table. */
export interface ReadableTable {
  readonly fileNumber: FileNumber;
  /** Of what can be read. */
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  readonly entryCount: number;
  readonly maxSequence: number;
  readonly lastEpoch: number;
  /** Of a table without any damage: as it stands in its index. */
  readonly sound: TableSummary | undefined;
  cursor(): SoundBlocksCursor;
}

export interface TableSurvey {
  readonly fileNumber: FileNumber;
  /** `undefined` when nothing of it can be read. */
  readonly readable: ReadableTable | undefined;
  readonly damages: readonly TableDamage[];
}

/**
 * Reads a table whole, block by block, past those that are damaged, and the values that it refers to.
 * @throws CoreCacheError `NEWER_FORMAT`, `CODEC_MISSING`, `IO`
 */
export async function surveyTable(
  fileSystem: FileSystem,
  directory: string,
  fileNumber: FileNumber,
): Promise<TableSurvey> {
  const indexPath = join(directory, indexFile(fileNumber));
  const path = join(directory, dataFile(fileNumber));
  const damages: TableDamage[] = [];
  const lost = (file: string, what: string, index?: ReadableIndex): TableSurvey => {
    const { firstKey, lastKey } = index?.summary ?? {};
    damages.push({ file, offset: undefined, bytes: undefined, what, isLoss: true, firstKey, lastKey });
    return { fileNumber, readable: undefined, damages };
  };
  if (!(await fileSystem.exists(indexPath)))
    return lost(indexPath, 'is missing; without it the data file has no order');
  let index: ReadableIndex;
  try {
    index = readableIndex(await fileSystem.readFile(indexPath), fileNumber, indexPath);
    for (const problem of index.problems) damages.push(harmless(indexPath, problem));
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return lost(indexPath, messageOf(error));
  }
  if (index.summary.fileNumber !== fileNumber)
    return lost(indexPath, `is the index of table ${index.summary.fileNumber}`);
  if (!(await fileSystem.exists(path))) return lost(path, 'is missing', index);

  const blocks = await soundBlocks(fileSystem, path, index, damages);
  const values = new ValueSurvey(fileSystem, directory);
  const readable = blocks.length === 0 ? undefined : await measure(fileSystem, path, index, blocks, values);
  damages.push(...values.damages());
  if (readable === undefined) return { fileNumber, readable, damages };
  const { summary } = index;
  const isAsWritten = readable.entryCount === summary.entryCount && readable.maxSequence === summary.maxSequence;
  if (damages.length === 0 && !isAsWritten) damages.push(harmless(indexPath, 'does not say what the table holds'));
  const sound = damages.length === 0 ? soundSummary(index, values) : undefined;
  return { fileNumber, readable: { ...readable, sound }, damages };
}

function soundSummary({ summary, byteLength }: ReadableIndex, { uses }: ValueSurvey): TableSummary {
  return { ...summary, indexBytes: byteLength, ...(uses.length > 0 && { valueUses: uses }) };
}

async function soundBlocks(
  fileSystem: FileSystem,
  path: string,
  { summary, stretches }: ReadableIndex,
  damages: TableDamage[],
): Promise<BlockPlace[]> {
  const { fileNumber, dataBytes } = summary;
  const blocks: BlockPlace[] = [];
  const file = await fileSystem.openReader(path);
  try {
    await checkHeader(file, fileNumber, damages);
    if (file.size > dataBytes) damages.push(harmless(path, `has ${file.size} bytes, ${dataBytes} were written`));
    for (const stretch of stretches) {
      const { position, end, isBlock } = stretch;
      const room = new Uint8Array(end - position);
      const bytes = room.subarray(0, await file.read(room, position));
      if (isBlock) {
        const problem = problemOf(bytes, path, fileNumber, position);
        if (problem === undefined) blocks.push(stretch);
        else damages.push(lossOf(path, stretch, position, problem));
      } else {
        const found = findBlocks(bytes, fileNumber, position);
        blocks.push(...found);
        const foundEnd = found.at(-1)?.end ?? position;
        if (foundEnd !== end) damages.push(lossOf(path, stretch, foundEnd, 'blocks cannot be found without the index'));
      }
    }
  } finally {
    await file.close();
  }
  return blocks;
}

function problemOf(bytes: Uint8Array, path: string, fileNumber: FileNumber, position: number): string | undefined {
  try {
    unpackBlock(bytes, path, fileNumber, position);
    return undefined;
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return reasonOf(error);
  }
}

/** What is lost of a stretch from `offset` on. */
function lossOf(file: string, { end, firstKey, lastKey }: DataStretch, offset: number, what: string): TableDamage {
  return { file, offset, bytes: end - offset, what, isLoss: true, firstKey, lastKey };
}

/** Blocks do not need the header: each knows its table and its place by its checksum. */
async function checkHeader(file: ReadableFile, fileNumber: FileNumber, damages: TableDamage[]): Promise<void> {
  const header = new Uint8Array(DATA_HEADER_BYTES);
  const bytesRead = await file.read(header, 0);
  try {
    checkDataHeader(header.subarray(0, bytesRead), fileNumber, file.path);
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    damages.push(harmless(file.path, reasonOf(error)));
  }
}

async function measure(
  fileSystem: FileSystem,
  path: string,
  index: ReadableIndex,
  blocks: readonly BlockPlace[],
  values: ValueSurvey,
): Promise<Omit<ReadableTable, 'sound'> | undefined> {
  const cursorOf = (): SoundBlocksCursor =>
    new SoundBlocksCursor(new SoundBlocks(fileSystem, path, index, blocks), (entry) => values.isLost(entry));
  const cursor = cursorOf();
  let [entryCount, maxSequence, lastEpoch] = [0, 0, 0];
  let firstKey = new Uint8Array(0);
  let lastKey = new Uint8Array(0);
  try {
    cursor.seekToFirst();
    for (;;) {
      if (cursor.state === CursorState.unloaded) await cursor.load();
      if (cursor.state === CursorState.end) break;
      if (!(await values.isReadable(cursor.entry))) {
        cursor.next();
        continue;
      }
      const { keyBytes, keyStart, keyEnd, sequence, epoch } = cursor.entry;
      if (entryCount === 0) firstKey = new Uint8Array(copyOf(keyBytes, keyStart, keyEnd));
      if (entryCount === 0 || compareRanges(keyBytes, keyStart, keyEnd, lastKey, 0, lastKey.length) !== 0) {
        lastKey = new Uint8Array(copyOf(keyBytes, keyStart, keyEnd));
      }
      entryCount++;
      maxSequence = Math.max(maxSequence, sequence);
      lastEpoch = Math.max(lastEpoch, epoch);
      cursor.next();
    }
  } finally {
    cursor.close();
    values.close();
  }
  if (entryCount === 0) return undefined;
  const { fileNumber } = index.summary;
  return { fileNumber, firstKey, lastKey, entryCount, maxSequence, lastEpoch, cursor: cursorOf };
}
