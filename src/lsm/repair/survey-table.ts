import { join } from 'node:path';
import { compareRanges, copyOf } from '../../base/bytes.js';
import { isCoreCacheError, messageOf, reasonOf } from '../../base/errors.js';
import { dataFile, indexFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem, ReadableFile } from '../../env/file-system.js';
import { CursorState } from '../iterator/cursor.js';
import { checkDataHeader, DATA_HEADER_BYTES } from '../sstable/file-frame.js';
import type { TableIndex } from '../sstable/index-file.js';
import { unpackBlock } from '../sstable/unpack-block.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { readIndex } from './readable-index.js';
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
  const lost = (file: string, what: string, index?: TableIndex): TableSurvey => {
    const { firstKey, lastKey } = index?.summary ?? {};
    damages.push({ file, offset: undefined, bytes: undefined, what, isLoss: true, firstKey, lastKey });
    return { fileNumber, readable: undefined, damages };
  };
  if (!(await fileSystem.exists(indexPath)))
    return lost(indexPath, 'is missing; without it the data file has no order');
  let index: TableIndex;
  try {
    const { index: read, problem } = readIndex(await fileSystem.readFile(indexPath), indexPath);
    index = read;
    if (problem !== undefined) damages.push(harmless(indexPath, problem));
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return lost(indexPath, messageOf(error));
  }
  if (index.summary.fileNumber !== fileNumber)
    return lost(indexPath, `is the index of table ${index.summary.fileNumber}`);
  if (!(await fileSystem.exists(path))) return lost(path, 'is missing', index);

  const numbers = await soundBlocks(fileSystem, path, index, damages);
  const values = new ValueSurvey(fileSystem, directory);
  const readable = numbers.length === 0 ? undefined : await measure(fileSystem, path, index, numbers, values);
  damages.push(...values.damages());
  if (readable === undefined) return { fileNumber, readable, damages };
  const { summary } = index;
  const isAsWritten = readable.entryCount === summary.entryCount && readable.maxSequence === summary.maxSequence;
  if (damages.length === 0 && !isAsWritten) damages.push(harmless(indexPath, 'does not say what the table holds'));
  const sound = damages.length === 0 ? soundSummary(index, values) : undefined;
  return { fileNumber, readable: { ...readable, sound }, damages };
}

function soundSummary({ summary, byteLength }: TableIndex, { uses }: ValueSurvey): TableSummary {
  return { ...summary, indexBytes: byteLength, ...(uses.length > 0 && { valueUses: uses }) };
}

async function soundBlocks(
  fileSystem: FileSystem,
  path: string,
  index: TableIndex,
  damages: TableDamage[],
): Promise<number[]> {
  const { blocks, summary } = index;
  const numbers: number[] = [];
  const file = await fileSystem.openReader(path);
  try {
    await checkHeader(file, summary.fileNumber, damages);
    if (file.size > summary.dataBytes)
      damages.push(harmless(path, `has ${file.size} bytes, ${summary.dataBytes} were written`));
    for (let number = 0; number < blocks.blockCount; number++) {
      const position = blocks.positions[number]!;
      const bytes = new Uint8Array(blocks.positions[number + 1]! - position);
      try {
        const bytesRead = await file.read(bytes, position);
        unpackBlock(bytes.subarray(0, bytesRead), path, summary.fileNumber, position);
        numbers.push(number);
      } catch (error) {
        if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
        const firstKey = number === 0 ? summary.firstKey : blocks.separator(number - 1);
        const lastKey = number === blocks.blockCount - 1 ? summary.lastKey : blocks.separator(number);
        const what = reasonOf(error);
        damages.push({ file: path, offset: position, bytes: bytes.length, what, isLoss: true, firstKey, lastKey });
      }
    }
  } finally {
    await file.close();
  }
  return numbers;
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
  index: TableIndex,
  numbers: readonly number[],
  values: ValueSurvey,
): Promise<Omit<ReadableTable, 'sound'> | undefined> {
  const cursorOf = (): SoundBlocksCursor =>
    new SoundBlocksCursor(new SoundBlocks(fileSystem, path, index, numbers), (entry) => values.isLost(entry));
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
