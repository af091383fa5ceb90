import { join } from 'node:path';
import { isCoreCacheError, reasonOf } from '../../base/errors.js';
import { CURRENT_FILE, dataFile, manifestFile, valueFile } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { LiveVersion } from './live-version.js';
import { readCurrent } from '../manifest/current-file.js';
import { ValueFiles } from '../value-file/value-files.js';
import { ValueCheck, verifyValueFile } from '../value-file/verify-values.js';
import { readManifest } from '../manifest/manifest-reader.js';

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

export interface TreeVerification {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  /** The caller holds it. */
  readonly live: LiveVersion;
  /** The one in force; a rewrite may give it another number meanwhile. */
  readonly manifest: { readonly number: FileNumber };
  /** Asked between files. */
  readonly throwIfClosed: () => void;
}

/** Reads everything that a version is made of. Changes nothing. @throws what `throwIfClosed` does */
export async function verifyTree({
  fileSystem,
  directory,
  live,
  manifest,
  throwIfClosed,
}: TreeVerification): Promise<TreeVerifyReport> {
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
  await check(join(directory, manifestFile(manifest.number)), 1, () =>
    readPresentManifest(fileSystem, directory, manifest),
  );
  for (const file of live.version.valueFiles) {
    const path = join(directory, valueFile(file.fileNumber));
    await check(path, 1, () => verifyValueFile(fileSystem, directory, file));
  }
  // Their headers have been looked at: one that is damaged does not hide what is right or wrong with the values.
  const valueFiles = new ValueFiles(fileSystem, directory, false);
  try {
    for (const { summary, handle } of live.tables()) {
      throwIfClosed();
      const file = join(directory, dataFile(summary.fileNumber));
      const values = new ValueCheck(valueFiles, summary.valueUses ?? []);
      await check(file, 2, () => handle.verify(values));
      problems.push(...valueProblems(file, values));
      entriesChecked += summary.entryCount;
    }
  } finally {
    valueFiles.close();
  }
  return { filesChecked, entriesChecked, problems };
}

/** A manifest that was rewritten while it was read may be gone: then the one in its place is read. */
async function readPresentManifest(
  fileSystem: FileSystem,
  directory: string,
  manifest: TreeVerification['manifest'],
): Promise<void> {
  const { number } = manifest;
  const path = join(directory, manifestFile(number));
  try {
    readManifest(await fileSystem.readFile(path), number, path);
  } catch (error) {
    if (manifest.number === number) throw error;
    await readPresentManifest(fileSystem, directory, manifest);
  }
}

function valueProblems(table: string, { unreadable, unreadableCount }: ValueCheck): TreeProblem[] {
  const problems = unreadable.map((error) => problemOf(table, error));
  const others = unreadableCount - unreadable.length;
  if (others > 0)
    problems.push({ file: table, offset: undefined, what: `${others} more of its values cannot be read` });
  return problems;
}

/** @throws what is no fault of the file */
function problemOf(file: string, error: unknown): TreeProblem {
  if (!isCoreCacheError(error)) throw error;
  const { file: named, path, offset } = error.data;
  const place = named ?? path;
  return {
    file: typeof place === 'string' ? place : file,
    offset: typeof offset === 'number' ? offset : undefined,
    what: reasonOf(error),
  };
}
