import { join } from 'node:path';
import { CoreCacheError, isCoreCacheError, messageOf } from '../../base/errors.js';
import { IDENTITY_FILE, LOG_DIRECTORY, partitionDirectory, temporaryFile } from '../../base/file-names.js';
import type { Environment } from '../../env/environment.js';
import { LogRecordKind, type LogRecord } from '../../log/log-record.js';
import { salvageLog, type LogDamage, type SalvagedLog } from '../../log/repair/salvage-log.js';
import { findDoubles, planTree, type LoggedBatch, type TreePlan } from '../../lsm/repair/repair-tree.js';
import { surveyTree } from '../../lsm/repair/survey-tree.js';
import type { TableDamage } from '../../lsm/repair/table-damage.js';
import { ONLY_PARTITION } from '../directory/database-parts.js';
import { decodeIdentity } from '../directory/directory-identity.js';
import type { RepairFinding, RepairLoss } from './repair-report.js';

/** What is wrong with a database, and what a repair will do about it. */
export interface DatabaseSurvey {
  readonly found: readonly RepairFinding[];
  readonly losses: readonly RepairLoss[];
  readonly warnings: readonly string[];
  readonly isIdentitySound: boolean;
  readonly log: SalvagedLog;
  /** The tree gets a new manifest. */
  readonly changesTree: boolean;
  /** What the log has goes into tables, and it begins anew. */
  readonly absorbsLog: boolean;
  readonly tree: TreePlan;
}

/** Reads everything; changes nothing. @throws CoreCacheError `NOT_A_DATABASE`, `NEWER_FORMAT`, or of the file system */
export async function surveyDatabase({ fileSystem }: Environment, directory: string): Promise<DatabaseSurvey> {
  const found: RepairFinding[] = [];
  const warnings: string[] = [];
  const isIdentitySound = await checkIdentity(fileSystem, directory, found, warnings);
  const treeSurvey = await surveyTree(fileSystem, join(directory, partitionDirectory(ONLY_PARTITION)));
  const log = await salvageLog(fileSystem, join(directory, LOG_DIRECTORY), ONLY_PARTITION);

  const { manifests, damages, badValueHeaders } = treeSurvey;
  const batches = log.records.map(toBatch);
  const absorbing = planTree(treeSurvey, batches);
  // Without the manifest, how far the tables reach is known by their newest entries only; compaction may have dropped newer
  // ones, so that the log had got further is no loss then.
  const reached = manifests.version === undefined ? 0 : (log.reached?.sequence ?? 0);
  const gaps = gapsOf(absorbing, reached, join(directory, LOG_DIRECTORY));
  const isTreeDamaged = !absorbing.keepsLevels;
  const isLogDamaged = log.damages.length > 0 || log.foreignRecords > 0 || gaps.length > 0;
  const absorbsLog = isTreeDamaged || isLogDamaged;
  const tree = absorbsLog ? absorbing : planTree(treeSurvey, undefined);

  found.push(...manifests.problems, ...[...damages, ...badValueHeaders.values()].map(toFinding));
  found.push(...log.damages.map(toFinding));
  found.push(...gaps.map(toFinding));
  if (manifests.version === undefined) {
    warnings.push(
      'without its manifest it cannot be told for certain which tables a compaction had already replaced: where one was left behind by a crash, keys deleted shortly before may be back',
    );
    for (const { count, firstKey, lastKey } of await findDoubles(tree)) {
      warnings.push(
        `${count} writes stand in two tables, so one of them had been, or was being, replaced by a compaction: keys between ${nameOf(firstKey)} and ${nameOf(lastKey)} that were deleted may be back`,
      );
    }
  }
  if (log.foreignRecords > 0) {
    const what = `${log.foreignRecords} records of partitions that are not here`;
    found.push({ file: join(directory, LOG_DIRECTORY), offset: undefined, what });
  }
  const losses = [...damages.filter(({ isLoss }) => isLoss).map(tableLoss), ...log.damages.map(logLoss), ...gaps];
  const changesTree = absorbsLog || !manifests.isCurrentSound || badValueHeaders.size > 0;
  return { found, losses, warnings, isIdentitySound, log, changesTree, absorbsLog, tree };
}

async function checkIdentity(
  fileSystem: Environment['fileSystem'],
  directory: string,
  found: RepairFinding[],
  warnings: string[],
): Promise<boolean> {
  const file = join(directory, IDENTITY_FILE);
  if (await fileSystem.exists(file)) {
    try {
      decodeIdentity(await fileSystem.readFile(file), file);
      return true;
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      found.push({ file, offset: undefined, what: messageOf(error) });
      return false;
    }
  }
  const tree = join(directory, partitionDirectory(ONLY_PARTITION));
  const isOurs = (await fileSystem.exists(tree)) || (await fileSystem.exists(join(directory, LOG_DIRECTORY)));
  const isUnfinished = await fileSystem.exists(temporaryFile(file));
  if (!isOurs || isUnfinished) {
    const why = isUnfinished ? 'its making was cut off, and it never held anything' : 'it holds neither log nor tables';
    throw new CoreCacheError('NOT_A_DATABASE', `${directory} is not a CoreCache database: ${why}`, {
      data: { directory },
    });
  }
  found.push({ file, offset: undefined, what: 'is missing' });
  warnings.push(
    'without IDENTITY this may be a checkpoint that was cut off in its making, and then it never was whole',
  );
  return false;
}

function toBatch({ kind, sequence, epoch, payload }: LogRecord): LoggedBatch {
  return { sequence, epoch, payload: kind === LogRecordKind.write ? payload : undefined };
}

/** Sequences that are neither in tables nor in the log, although later ones are, or a segment says that they were. */
function gapsOf({ tablesReach, newer }: TreePlan, reached: number, file: string): RepairLoss[] {
  const gaps: RepairLoss[] = [];
  let last = tablesReach;
  const lose = (lastSequence: number): void => {
    const firstSequence = last + 1;
    if (lastSequence < firstSequence) return;
    const what = `writes ${firstSequence} to ${lastSequence} are in no table and not in the log`;
    gaps.push({ ...unknown, file, offset: undefined, what, firstSequence, lastSequence });
  };
  for (const { sequence } of newer) {
    lose(sequence - 1);
    last = Math.max(last, sequence);
  }
  lose(reached);
  return gaps;
}

const unknown = {
  bytes: undefined,
  records: undefined,
  firstSequence: undefined,
  lastSequence: undefined,
  firstKey: undefined,
  lastKey: undefined,
} as const;

function toFinding({ file, offset, what }: RepairFinding): RepairFinding {
  return { file, offset, what };
}

function tableLoss({ file, offset, bytes, what, firstKey, lastKey }: TableDamage): RepairLoss {
  return { ...unknown, file, offset, bytes, what, firstKey, lastKey };
}

function logLoss({ file, offset, bytes, records, what }: LogDamage): RepairLoss {
  return { ...unknown, file, offset, bytes, records, what };
}

function nameOf(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'));
}
