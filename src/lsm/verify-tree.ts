import { join } from 'node:path';
import { isCoreCacheError, messageOf } from '../base/errors.js';
import { CURRENT_FILE, dataFile, manifestFile } from '../base/file-names.js';
import type { FileNumber } from '../base/numbers.js';
import type { FileSystem } from '../env/file-system.js';
import type { LiveVersion } from './live-version.js';
import { readCurrent } from './manifest/current-file.js';
import { readManifest } from './manifest/manifest-reader.js';

/** What is wrong with one file. */
export interface TreeProblem {
  readonly file: string;
  readonly offset: number | undefined;
  readonly what: string;
}

export interface TreeVerifyReport {
  readonly filesChecked: number;
  readonly entriesChecked: number;
  /** Empty when all is well. */
  readonly problems: readonly TreeProblem[];
}

/** Reads everything that a version is made of. The caller holds the version. Changes nothing. */
export async function verifyTree(
  fileSystem: FileSystem,
  directory: string,
  live: LiveVersion,
  manifest: FileNumber,
): Promise<TreeVerifyReport> {
  const problems: TreeProblem[] = [];
  let filesChecked = 0;
  let entriesChecked = 0;
  const check = async (file: string, files: number, read: () => Promise<unknown>): Promise<void> => {
    filesChecked += files;
    try {
      await read();
    } catch (error) {
      problems.push(problemOf(file, error));
    }
  };
  await check(join(directory, CURRENT_FILE), 1, () => readCurrent(fileSystem, directory));
  const path = join(directory, manifestFile(manifest));
  await check(path, 1, async () => readManifest(await fileSystem.readFile(path), manifest, path));
  for (const { summary, handle } of live.tables()) {
    await check(join(directory, dataFile(summary.fileNumber)), 2, () => handle.verify());
    entriesChecked += summary.entryCount;
  }
  return { filesChecked, entriesChecked, problems };
}

/** @throws what is no fault of the file */
function problemOf(file: string, error: unknown): TreeProblem {
  if (!isCoreCacheError(error)) throw error;
  const { file: named, path, offset } = error.data;
  const place = named ?? path;
  return {
    file: typeof place === 'string' ? place : file,
    offset: typeof offset === 'number' ? offset : undefined,
    what: messageOf(error),
  };
}
