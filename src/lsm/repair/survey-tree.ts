import { dirname, join } from 'node:path';
import { isCoreCacheError, reasonOf } from '../../base/errors.js';
import { dataFile, indexFile, parseFileName } from '../../base/file-names.js';
import type { FileNumber } from '../../base/numbers.js';
import type { FileSystem } from '../../env/file-system.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { ValueFileReader } from '../value-file/value-file-reader.js';
import type { ValueFileSummary } from '../value-file/value-file-summary.js';
import { surveyManifests, type ManifestSurvey } from './survey-manifest.js';
import { successorsOf } from './successors.js';
import { surveyTable, type ReadableTable, type TableSurvey } from './survey-table.js';
import { harmless, type TableDamage } from './table-damage.js';

/** All that can be known of a tree's directory by reading it. */
export interface TreeSurvey {
  readonly manifests: ManifestSurvey;
  readonly readable: readonly ReadableTable[];
  readonly damages: readonly TableDamage[];
  /** Value files on disk. One that no manifest knows is said to hold no values. */
  readonly valueFiles: readonly ValueFileSummary[];
  /** What is wrong with their headers, by number; nothing is lost with a header. */
  readonly badValueHeaders: ReadonlyMap<FileNumber, TableDamage>;
  /** Names of files of tables that exist no more, for the manifest says so. */
  readonly leftovers: readonly string[];
  /** Names of files that are part of the tree, or may be: of its tables and its manifests. */
  readonly names: readonly string[];
  /** No file has this number or a higher one. */
  readonly nextFileNumber: number;
}

/**
 * Reads a tree's directory whole; changes nothing.
 *
 * With a whole manifest the tree is what that says. Without one, every table on disk counts unless a record that can still
 * be read took it away, and every table that such a record added is looked for: if it is gone, and no compaction put others
 * in its place, it is lost.
 *
 * @throws CoreCacheError `NEWER_FORMAT`, or of the file system
 */
export async function surveyTree(fileSystem: FileSystem, directory: string): Promise<TreeSurvey> {
  const manifests = await surveyManifests(fileSystem, directory);
  const all = (await fileSystem.exists(directory)) ? await fileSystem.list(directory) : [];
  const { version, added, removed } = manifests;
  let { nextFileNumber } = manifests;
  const onDisk = new Set<FileNumber>();
  const names: string[] = [];
  const valueFiles: ValueFileSummary[] = [];
  const badValueHeaders = new Map<FileNumber, TableDamage>();
  for (const name of all) {
    const parsed = parseFileName(name);
    const numbered = parsed?.kind === 'temporary' ? parseFileName(parsed.of) : parsed;
    if (numbered !== undefined && 'number' in numbered) nextFileNumber = Math.max(nextFileNumber, numbered.number + 1);
    if (parsed?.kind === 'data' || parsed?.kind === 'index') onDisk.add(parsed.number);
    if (parsed?.kind === 'values') {
      const { valueCount = 0 } = version?.valueFiles.find(({ fileNumber }) => fileNumber === parsed.number) ?? {};
      const path = join(directory, name);
      valueFiles.push({ fileNumber: parsed.number, bytes: await fileSystem.sizeOf(path), valueCount });
      const damage = await valueHeaderDamage(fileSystem, path, parsed.number);
      if (damage !== undefined) badValueHeaders.set(parsed.number, damage);
    }
    if (parsed !== undefined && parsed.kind !== 'temporary') names.push(name);
  }
  const wanted = new Set<FileNumber>(
    version === undefined
      ? [...onDisk, ...added.keys()].filter((number) => !removed.has(number))
      : version.tables().map(({ fileNumber }) => fileNumber),
  );
  const known = version === undefined ? added : new Map(version.tables().map((table) => [table.fileNumber, table]));
  const surveys: TableSurvey[] = [];
  for (const fileNumber of wanted) surveys.push(await surveyTable(fileSystem, directory, fileNumber));
  const readable = surveys.flatMap((survey) => survey.readable ?? []);
  const gone = [...added.values()].filter(
    ({ fileNumber }) => !names.includes(dataFile(fileNumber)) || !names.includes(indexFile(fileNumber)),
  );
  const unnamed = readable.flatMap(({ fileNumber, sound }) => (sound && !added.has(fileNumber) ? sound : []));
  const successors = version === undefined ? successorsOf(gone, unnamed) : new Map<FileNumber, never>();
  const damages = surveys.flatMap(({ fileNumber, damages: found }) => {
    const row = successors.get(fileNumber);
    if (row !== undefined) return [replacedBy(row, join(directory, dataFile(fileNumber)))];
    const { firstKey, lastKey } = known.get(fileNumber) ?? {};
    return found.map((damage) =>
      damage.isLoss && damage.firstKey === undefined ? { ...damage, firstKey, lastKey } : damage,
    );
  });
  const leftovers = names.filter((name) => {
    const parsed = parseFileName(name);
    return (parsed?.kind === 'data' || parsed?.kind === 'index') && !wanted.has(parsed.number);
  });
  return { manifests, readable, damages, valueFiles, badValueHeaders, leftovers, names, nextFileNumber };
}

async function valueHeaderDamage(
  fileSystem: FileSystem,
  path: string,
  fileNumber: FileNumber,
): Promise<TableDamage | undefined> {
  try {
    (await ValueFileReader.open(fileSystem, dirname(path), fileNumber)).closeSync();
    return undefined;
  } catch (error) {
    if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
    return harmless(path, reasonOf(error));
  }
}

function replacedBy(row: readonly TableSummary[], file: string): TableDamage {
  const numbers = row.map(({ fileNumber }) => fileNumber).join(', ');
  return harmless(file, `is gone, and what it held is in ${numbers}: a compaction whose record is lost`);
}
