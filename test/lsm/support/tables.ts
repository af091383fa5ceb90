import { join } from 'node:path';
import { dataFile, indexFile } from '../../../src/base/file-names.js';
import { toFileNumber } from '../../../src/base/numbers.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { TableWriter, type TableWriterOptions } from '../../../src/lsm/sstable/table-writer.js';
import type { Table } from '../../../src/lsm/sstable/table.js';
import type { TableSummary } from '../../../src/lsm/sstable/table-summary.js';
import { entryOf, type Version } from './model.js';

export const DIRECTORY = '/tree';
export const NUMBER = toFileNumber(7);
export const DATA_PATH = join(DIRECTORY, dataFile(NUMBER));
export const INDEX_PATH = join(DIRECTORY, indexFile(NUMBER));

export type TableShape = TableWriterOptions['options'];

export const smallBlocks: TableShape = {
  blockBytes: 300,
  blockRestartInterval: 4,
  bloomBitsPerKey: 10,
  indexPageBlocks: 3,
  compression: 'none',
};

/** Where the blocks begin in the data file, and where the last one ends. */
export function positionsOf(table: Table): number[] {
  const { root, summary } = table.index;
  const positions: number[] = [];
  for (let number = 0; number < root.childCount; number++) {
    const page = table.pages.readSync(number);
    for (let child = 0; child < page.childCount; child++) positions.push(page.position(child));
    page.release();
  }
  return [...positions, summary.dataBytes];
}

/** A file system in memory with an empty directory for tables. */
export async function newFileSystem(): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  await fileSystem.makeDirectory(DIRECTORY);
  await fileSystem.syncDirectory('/');
  return fileSystem;
}

/** Versions must be in order. */
export function writeTable(
  fileSystem: FileSystem,
  versions: readonly Version[],
  options: TableShape = smallBlocks,
  fileNumber = NUMBER,
): TableSummary {
  const writer = new TableWriter({ fileSystem, directory: DIRECTORY, fileNumber, options });
  for (const version of versions) writer.add(entryOf(version));
  return writer.finish();
}

export function replaceFile(fileSystem: FileSystem, path: string, bytes: Uint8Array): void {
  fileSystem.removeSync(path);
  const file = fileSystem.openWriterSync(path, 'create');
  file.writeSync([bytes]);
  file.closeSync();
}
