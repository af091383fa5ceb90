import { join } from 'node:path';
import { isCoreCacheError, reasonOf } from '../../base/errors.js';
import { CURRENT_FILE, manifestFile, parseFileName } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import { readCurrent } from '../manifest/current-file.js';
import { readManifest } from '../manifest/manifest-reader.js';
import { decodeManifestRecord } from '../manifest/manifest-record.js';
import { decodeEdit, type VersionEdit } from '../manifest/version-edit.js';
import type { Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';

export interface ManifestProblem {
  readonly file: string;
  readonly offset: number | undefined;
  readonly what: string;
}

/** What the manifests of a directory say, as far as they can be read. */
export interface ManifestSurvey {
  /** What exists, when the manifest in force is whole. */
  readonly version: Version | undefined;
  readonly isCurrentSound: boolean;
  /** Tables that some record added, and none took away, by number. */
  readonly added: ReadonlyMap<FileNumber, TableSummary>;
  /** Tables that some record took away. Numbers are never given twice, so they are gone for good. */
  readonly removed: ReadonlySet<FileNumber>;
  /** The highest that any record names. */
  readonly flushedSequence: number;
  readonly lastEpoch: number;
  readonly nextFileNumber: number;
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads every manifest there is; changes nothing.
 *
 * One is in force: the one that CURRENT names, or, when CURRENT is lost, the one with the highest number (a rewrite that
 * was not finished holds the version of the one before it). If that one is whole to its last byte it is the truth about
 * the directory. If not, its records that are valid still tell which tables are gone: a record is valid in its own place
 * only, so those behind the damage can be believed too.
 *
 * @throws CoreCacheError `NEWER_FORMAT`, or of the file system
 */
export async function surveyManifests(fileSystem: FileSystem, directory: string): Promise<ManifestSurvey> {
  const names = (await fileSystem.exists(directory)) ? await fileSystem.list(directory) : [];
  const numbers = names.flatMap((name) => {
    const parsed = parseFileName(name);
    return parsed?.kind === 'manifest' ? [parsed.number] : [];
  });
  const problems: ManifestProblem[] = [];
  const named = await currentNumber(fileSystem, directory, problems);
  const inForce = named ?? numbers.sort((a, b) => a - b).at(-1);
  const version = await versionOf(fileSystem, directory, inForce, numbers, problems);

  const said = new EditsRead();
  for (const number of numbers) {
    for (const edit of validEdits(await fileSystem.readFile(join(directory, manifestFile(number))), number))
      said.add(edit);
  }
  const { added, removed, flushedSequence, lastEpoch, nextFileNumber } = said;
  const isCurrentSound = named !== undefined;
  return { version, isCurrentSound, added, removed, flushedSequence, lastEpoch, nextFileNumber, problems };
}

async function currentNumber(
  fileSystem: FileSystem,
  directory: string,
  problems: ManifestProblem[],
): Promise<FileNumber | undefined> {
  const path = join(directory, CURRENT_FILE);
  if (!(await fileSystem.exists(path))) {
    problems.push({ file: path, offset: undefined, what: 'is missing' });
    return undefined;
  }
  try {
    return await readCurrent(fileSystem, directory);
  } catch (error) {
    problems.push(problemOf(path, error));
    return undefined;
  }
}

async function versionOf(
  fileSystem: FileSystem,
  directory: string,
  number: FileNumber | undefined,
  there: readonly FileNumber[],
  problems: ManifestProblem[],
): Promise<Version | undefined> {
  if (number === undefined || !there.includes(number)) {
    const file = join(directory, number === undefined ? 'MANIFEST' : manifestFile(number));
    problems.push({ file, offset: undefined, what: 'is missing' });
    return undefined;
  }
  const path = join(directory, manifestFile(number));
  try {
    const { version, validBytes, hasTornTail } = readManifest(await fileSystem.readFile(path), number, path);
    if (!hasTornTail) return version;
    problems.push({ file: path, offset: validBytes, what: 'the last record is torn or damaged' });
  } catch (error) {
    problems.push(problemOf(path, error));
  }
  return undefined;
}

function* validEdits(bytes: Uint8Array, number: FileNumber): Generator<VersionEdit> {
  for (let offset = 0; offset < bytes.length;) {
    const record = decodeManifestRecord(bytes, number, offset);
    if (record !== undefined) yield decodeEdit(record.payload, manifestFile(number), record.payloadAt);
    offset = record?.end ?? offset + 1;
  }
}

class EditsRead {
  readonly added = new Map<FileNumber, TableSummary>();
  readonly removed = new Set<FileNumber>();
  flushedSequence = 0;
  lastEpoch = 0;
  nextFileNumber = 1;

  /** A table that a record takes from one level and puts into another is not gone. */
  add(edit: VersionEdit): void {
    const added = new Map(edit.added.map(({ table }) => [table.fileNumber, table]));
    for (const { fileNumber } of edit.removed) {
      this.added.delete(fileNumber);
      if (!added.has(fileNumber)) this.removed.add(fileNumber);
    }
    for (const [fileNumber, table] of added) if (!this.removed.has(fileNumber)) this.added.set(fileNumber, table);
    this.flushedSequence = Math.max(this.flushedSequence, edit.flushedSequence ?? 0);
    this.lastEpoch = Math.max(this.lastEpoch, edit.lastEpoch ?? 0);
    this.nextFileNumber = Math.max(this.nextFileNumber, edit.nextFileNumber ?? 0);
  }
}

/** @throws what is no damage */
function problemOf(file: string, error: unknown): ManifestProblem {
  if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
  const { offset } = error.data;
  return { file, offset: typeof offset === 'number' ? offset : undefined, what: reasonOf(error) };
}
