import { compareBytes } from '../../base/bytes.js';
import { LEVEL_COUNT, type Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { TreeOptions } from '../tree-options.js';
import { choiceOf, lastLevel, widened, type Choice } from './choice.js';
import { overlapping, spansOverlap } from './key-span.js';
import { bytesOf, levelScore, levelTargets, type LevelTargets } from './level-targets.js';
import { tableToClear } from '../value-file/clearing.js';
import { isTombstoneHeavy, staleReason, type ChoiceMoment } from './stale-share.js';

/**
 * How much of the last level may lie above it while nobody writes: the levels between fill about a ninth by themselves,
 * and what is above this would take more than a fifth for old versions and unfinished work together.
 */
const ABOVE_LAST_SHARE_MAX = 1 / 8;

/** Level 0 is merged for its tombstones into a level that is at most this many times as large. */
const EARLY_MERGE_RATIO_MAX = 2;

export type ChooseOptions = Pick<
  TreeOptions,
  'level0TablesCompact' | 'levelBytesBase' | 'levelRatio' | 'tableBytesMax'
>;

/**
 * What to compact next; `undefined` when the tree is in good shape. A pure function: the same question has the same
 * answer.
 *
 *  1. The level most over its target gives tables to the next one: level 0 by the number of its tables (each costs every
 *     read a look), the others by bytes.
 *  2. Otherwise a table that holds mostly what may be dropped (tombstones, values that have ended, versions of snapshots
 *     that were released) is taken down a level, or, at the bottom, written anew without it.
 *  3. Otherwise, when writes pause, level 0 goes down if what lies above the last level takes more than its share.
 *  4. Otherwise, when value files hold much garbage, a table that refers to those with the most is written anew where it
 *     is, with its values moved out of them.
 *
 * Each choice brings its inputs nearer to the bottom or makes them smaller, so choosing comes to an end.
 */
export function choose(version: Version, options: ChooseOptions, moment: ChoiceMoment): Choice | undefined {
  const targets = levelTargets(version, options);
  const byScore = Array.from({ length: LEVEL_COUNT - 1 }, (_, level) => level)
    .map((level) => ({ level, score: levelScore(version, level, targets, options) }))
    .filter(({ score }) => score >= 1)
    .sort((a, b) => b.score - a.score);
  for (const { level } of byScore) {
    const choice =
      level === 0
        ? chooseLevel0(version, options, moment, targets)
        : chooseBySize(version, options, moment, level, overlapRatios(version, level));
    if (choice !== undefined) return choice;
  }
  return (
    chooseStale(version, options, moment, targets) ??
    chooseForSpace(version, options, moment, targets) ??
    chooseValues(version, options, moment, targets)
  );
}

/**
 * Level 0 gives its tables from the oldest on: a table must not sink below an older one that shares a key. All go at
 * once, for they overlap as a rule. Where they do not (keys written in order), those that share nothing with any other
 * are moved.
 */
export function chooseLevel0(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  targets: LevelTargets,
): Choice | undefined {
  const inputs = oldestUpToExcluded(version.levels[0]!, moment);
  if (inputs.length === 0) return undefined;
  const into: readonly [number, number] = [0, targets.baseLevel];
  const base = version.levels[targets.baseLevel]!;
  const apart = inputs.filter(
    (table) =>
      !isTombstoneHeavy(table, moment) &&
      overlapping(base, table).length === 0 &&
      inputs.every((other) => other === table || !spansOverlap(other, table)),
  );
  for (const some of [apart, apart.slice(-1)]) {
    if (some.length === 0) break;
    const moved = choiceOf(version, options, 'level0', into, some, true);
    if (moved.kind === 'move') return moved;
  }
  return readable(choiceOf(version, options, 'level0', into, inputs, false), moment);
}

/** Tables with much to drop first, then those that cost least to merge for each byte they bring down. */
function chooseBySize(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  level: number,
  ratios: ReadonlyMap<TableSummary, number>,
): Choice | undefined {
  const isStale = (table: TableSummary): boolean => staleReason(table, moment) !== undefined;
  const inOrder = [...version.levels[level]!].sort(
    (a, b) => Number(isStale(b)) - Number(isStale(a)) || ratios.get(a)! - ratios.get(b)!,
  );
  for (const table of inOrder) {
    const choice = chooseTable(version, options, moment, level, table, 'size');
    if (choice !== undefined) return choice;
  }
  return undefined;
}

/**
 * Level 0, when writes pause and what lies above the last level, and so may hide versions in it, is more than its share.
 * Level 0 is empty afterwards, and the levels between keep within theirs by their targets. So the work is done once for
 * each pause, and only when at least a share of the tree was written before it.
 */
function chooseForSpace(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  targets: LevelTargets,
): Choice | undefined {
  if (!moment.isQuiet || version.levels[0]!.length === 0) return undefined;
  const lastBytes = bytesOf(version.levels[Math.max(1, lastLevel(version))]!);
  const aboveBytes = bytesOf(version.tables()) - lastBytes;
  if (aboveBytes <= lastBytes * ABOVE_LAST_SHARE_MAX) return undefined;
  const choice = chooseLevel0(version, options, moment, targets);
  return choice && { ...choice, reason: 'space' };
}

function chooseStale(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  targets: LevelTargets,
): Choice | undefined {
  if (hasTombstonesToSpend(version, moment, targets)) {
    const choice = chooseLevel0(version, options, moment, targets);
    if (choice !== undefined) return { ...choice, reason: 'tombstones' };
  }
  const last = lastLevel(version);
  for (let level = 1; level <= last; level++) {
    for (const table of version.levels[level]!) {
      const reason = staleReason(table, moment);
      if (reason === undefined) continue;
      const choice =
        level === last
          ? readable(choiceOf(version, options, reason, [level, level], [table], false), moment)
          : chooseTable(version, options, moment, level, table, reason);
      if (choice !== undefined) return choice;
    }
  }
  return undefined;
}

/**
 * Level 0 holds a table of tombstones, and what it would be merged into is not much larger than level 0. So a queue,
 * whose heads are deleted and whose tail is short, loses its tombstones with each flush, while deletes all over a large
 * tree wait until there are enough of them.
 */
function hasTombstonesToSpend(version: Version, moment: ChoiceMoment, { baseLevel }: LevelTargets): boolean {
  const level0 = version.levels[0]!;
  return (
    level0.some((table) => isTombstoneHeavy(table, moment)) &&
    bytesOf(version.levels[baseLevel]!) <= bytesOf(level0) * EARLY_MERGE_RATIO_MAX
  );
}

/** Level 0 goes down a level meanwhile: a table of it must not be written anew without looking at those below it. */
function chooseValues(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  targets: LevelTargets,
): Choice | undefined {
  const { level = 0, table } = tableToClear(version, moment.excluded) ?? {};
  if (table === undefined) return undefined;
  if (level > 0) return readable(choiceOf(version, options, 'values', [level, level], [table], false), moment);
  const choice = chooseLevel0(version, options, moment, targets);
  return choice && { ...choice, reason: 'values' };
}

/** Takes one table, and what can go along for free, down a level. */
export function chooseTable(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  level: number,
  table: TableSummary,
  reason: Choice['reason'],
): Choice | undefined {
  const inputs = widened(version, options, level, [table], moment.excluded);
  const mayMove = !inputs.some((input) => isTombstoneHeavy(input, moment));
  return readable(choiceOf(version, options, reason, [level, level + 1], inputs, mayMove), moment);
}

function readable(choice: Choice, { excluded }: ChoiceMoment): Choice | undefined {
  const isLeftAlone = [...choice.inputs, ...choice.overlaps].some(({ fileNumber }) => excluded.has(fileNumber));
  return isLeftAlone ? undefined : choice;
}

/** The oldest tables of level 0, up to one that must be left alone: newer ones may not sink below it. */
function oldestUpToExcluded(newestFirst: readonly TableSummary[], { excluded }: ChoiceMoment): readonly TableSummary[] {
  const barrier = newestFirst.findLastIndex(({ fileNumber }) => excluded.has(fileNumber));
  return newestFirst.slice(barrier + 1);
}

/**
 * For each table of a level: bytes it shares keys with in the next level, for each byte of its own. Walks both levels
 * once.
 */
function overlapRatios(version: Version, level: number): Map<TableSummary, number> {
  const below = version.levels[level + 1]!;
  const ratios = new Map<TableSummary, number>();
  let first = 0;
  for (const table of version.levels[level]!) {
    while (first < below.length && compareBytes(below[first]!.lastKey, table.firstKey) < 0) first++;
    let bytes = 0;
    for (let i = first; i < below.length && compareBytes(below[i]!.firstKey, table.lastKey) <= 0; i++) {
      bytes += below[i]!.dataBytes;
    }
    ratios.set(table, bytes / Math.max(1, table.dataBytes));
  }
  return ratios;
}
