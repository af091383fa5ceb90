import { join } from 'node:path';
import { assert } from '../../base/assert.js';
import { dataFile, indexFile, parseFileName, temporaryFile, valueFile } from '../../base/file-names.js';
import { Manifest } from '../manifest/manifest.js';
import type { VersionEdit } from '../manifest/version-edit.js';
import { LEVEL_COUNT, Version } from '../manifest/version.js';
import { Memtable } from '../memtable/memtable.js';
import { memtableImageCursor } from '../memtable/memtable-image.js';
import type { Cursor } from '../iterator/cursor.js';
import type { ValueFileSummary } from '../value-file/value-file-summary.js';
import { ValueUseCount } from '../value-file/value-use-count.js';
import { copyWithSoundHeader } from './mend-value-file.js';
import { groupsOf, mergeTables, RepairOutputs, type Doubles, type RepairPlace } from './merge-tables.js';
import type { TreeSurvey } from './survey-tree.js';

/** A record of the log, as much of it as a tree needs. */
export interface LoggedBatch {
  readonly sequence: number;
  readonly epoch: number;
  /** `undefined` for a record without operations. */
  readonly payload: Uint8Array | undefined;
}

/** What a repair makes of a tree, decided by looking alone. */
export interface TreePlan {
  readonly survey: TreeSurvey;
  /** The tables stay where the manifest has them; otherwise all is laid out anew. */
  readonly keepsLevels: boolean;
  /** Newer than every table. */
  readonly newer: readonly LoggedBatch[];
  /** Read beside the tables, for a table that was lost may have held them. */
  readonly again: readonly LoggedBatch[];
  /** Up to here the history is in tables, or lost, before the log is looked at. */
  readonly tablesReach: number;
  readonly flushedSequence: number;
  readonly lastEpoch: number;
}

/**
 * Decides what becomes of the tables and of what the log still has.
 *
 * **Laid out anew**, a tree has all tables on the last level: those that share keys with others are merged, the rest stay
 * as they are. Guessing the levels from the ranges of sequences was rejected: tables of neighbouring levels may overlap
 * in both keys and sequences while each key is newer in the upper one, so ranges do not tell which is above. What the log
 * has beyond the newest table is newer than all of them, and becomes a table of level 0.
 *
 * @param batches by rising sequence; `undefined` when the log is sound and stays in use
 */
export function planTree(survey: TreeSurvey, batches: readonly LoggedBatch[] | undefined): TreePlan {
  const { manifests, readable, damages } = survey;
  const { version } = manifests;
  const keepsLevels = version !== undefined && damages.length === 0;
  const newest = readable.reduce((highest, { maxSequence }) => Math.max(highest, maxSequence), 0);
  const limit = keepsLevels ? version.flushedSequence : newest;
  const logged = batches ?? [];
  const newer = logged.filter(({ sequence }) => sequence > limit);
  const hasLoss = damages.some(({ isLoss }) => isLoss);
  const again = hasLoss ? logged.filter(({ sequence }) => sequence <= limit) : [];
  const known = version?.flushedSequence ?? manifests.flushedSequence;
  const epochs = [manifests.lastEpoch, ...readable.map(({ lastEpoch }) => lastEpoch), logged.at(-1)?.epoch ?? 0];
  return {
    survey,
    keepsLevels,
    newer,
    again,
    tablesReach: Math.max(limit, known),
    flushedSequence: Math.max(limit, known, logged.at(-1)?.sequence ?? 0),
    lastEpoch: epochs.reduce((highest, epoch) => Math.max(highest, epoch), 0),
  };
}

/** The same write in two tables, in a tree whose manifest is lost. Reads everything once more. */
export async function findDoubles({ survey }: TreePlan): Promise<readonly Doubles[]> {
  const found: Doubles[] = [];
  for (const group of groupsOf(survey.readable)) {
    const doubles = group.length > 1 ? await mergeTables(group, undefined, undefined) : undefined;
    if (doubles !== undefined) found.push(doubles);
  }
  return found;
}

/** New tables on disk, not yet part of the tree. */
export interface PreparedTree {
  readonly edit: VersionEdit;
  /** Names of files that the new version has no use for. */
  readonly replaced: readonly string[];
  /** Names of value files of which a copy with a sound header stands beside them. */
  readonly mended: readonly string[];
}

/** Writes the tables of the new version; nothing that was there is changed. @throws CoreCacheError; then they are gone */
export async function prepareTree(place: RepairPlace, plan: TreePlan, lastEpoch: number): Promise<PreparedTree> {
  const { survey, keepsLevels, newer, again, flushedSequence } = plan;
  const { readable, manifests } = survey;
  const merged = new RepairOutputs(place, survey.nextFileNumber);
  let added: VersionEdit['added'] = keepsLevels ? (manifests.version?.asEdit().added ?? []) : [];
  try {
    if (!keepsLevels) {
      const kept = again.length > 0 ? [] : groupsOf(readable).filter(([first, more]) => first?.sound && !more);
      const isKept = new Set(kept.flat());
      const rest = readable.filter((table) => !isKept.has(table));
      for (const group of again.length > 0 ? [rest] : groupsOf(rest)) {
        await mergeTables(group, loggedCursor(again), merged);
        merged.finish();
      }
      const tables = [...kept.flat().map(({ sound }) => sound!), ...merged.finished];
      added = tables.map((table) => ({ level: LEVEL_COUNT - 1, table }));
    }
  } catch (error) {
    merged.abandon();
    throw error;
  }
  // Level 0 is one table: those of a level 0 may share keys, but here nothing is gained by several.
  const top = new RepairOutputs(
    { ...place, options: { ...place.options, tableBytesMax: Infinity } },
    merged.nextFileNumber,
  );
  try {
    if (newer.length > 0) await mergeTables([], loggedCursor(newer), top);
    top.finish();
    assert(top.finished.length <= 1, 'what the log has beyond the tables is one table');
    added = [...added, ...top.finished.map((table) => ({ level: 0, table }))];
    const valueFiles = valueFilesOf(added, survey.valueFiles);
    const mended = await mendHeaders(place, survey, valueFiles);
    const edit = { flushedSequence, lastEpoch, nextFileNumber: top.nextFileNumber, removed: [], added, valueFiles };
    return { edit, replaced: unusedNames(survey, edit), mended };
  } catch (error) {
    merged.abandon();
    top.abandon();
    throw error;
  }
}

/**
 * The step that counts: before it the tree is what it was, after it the repaired one. A value file with a sound header
 * is put in the place of the one that it is a copy of before: it holds the same.
 */
export async function commitTree(
  { fileSystem, directory }: RepairPlace,
  { edit, mended }: PreparedTree,
): Promise<void> {
  for (const name of mended) {
    const path = join(directory, name);
    await fileSystem.rename(temporaryFile(path), path);
  }
  if (mended.length > 0) await fileSystem.syncDirectory(directory);
  const manifest = await Manifest.create({ fileSystem, directory }, Version.empty.apply(edit));
  await manifest.close();
}

/** Returns the names of the files. */
async function mendHeaders(
  { fileSystem, directory }: RepairPlace,
  { badValueHeaders }: TreeSurvey,
  inUse: readonly ValueFileSummary[],
): Promise<readonly string[]> {
  const numbers = inUse.map(({ fileNumber }) => fileNumber).filter((fileNumber) => badValueHeaders.has(fileNumber));
  for (const fileNumber of numbers) {
    await copyWithSoundHeader(fileSystem, join(directory, valueFile(fileNumber)), fileNumber);
  }
  return numbers.map(valueFile);
}

function unusedNames({ names }: TreeSurvey, { added, valueFiles = [] }: VersionEdit): readonly string[] {
  const inUse = new Set<string>([
    ...added.flatMap(({ table: { fileNumber } }) => [dataFile(fileNumber), indexFile(fileNumber)]),
    ...valueFiles.map(({ fileNumber }) => valueFile(fileNumber)),
  ]);
  return names.filter((name) => !inUse.has(name) && parseFileName(name)?.kind !== 'current');
}

/** The value files that tables refer to. Without a manifest nobody knows how many values one held: at least these. */
function valueFilesOf(added: VersionEdit['added'], onDisk: readonly ValueFileSummary[]): ValueFileSummary[] {
  const uses = new ValueUseCount();
  for (const { table } of added) for (const use of table.valueUses ?? []) uses.add(use);
  return onDisk.flatMap((file) => {
    const use = uses.of(file.fileNumber);
    return use === undefined ? [] : [{ ...file, valueCount: Math.max(file.valueCount, use.valueCount) }];
  });
}

function loggedCursor(batches: readonly LoggedBatch[]): Cursor | undefined {
  let bytes = 0;
  for (const { payload } of batches) if (payload !== undefined) bytes += Memtable.capacityFor(payload);
  if (bytes === 0) return undefined;
  const memtable = new Memtable(bytes);
  for (const { sequence, epoch, payload } of batches) {
    if (payload !== undefined)
      assert(memtable.apply(sequence, epoch, payload), 'the memtable was made for all of them');
  }
  return memtableImageCursor(memtable.image());
}
