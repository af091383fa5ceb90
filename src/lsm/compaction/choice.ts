import { LEVEL_COUNT, type Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { TreeOptions } from '../tree-options.js';
import { overlapping, spanOf } from './key-span.js';
import { bytesOf } from './level-targets.js';

/**
 * A level is over its target; there is time to give back what old versions take; a table holds mostly tombstones, or
 * values that have ended; it refers to value files that hold much garbage; somebody asked for it.
 */
export type ChoiceReason = 'level0' | 'size' | 'space' | 'tombstones' | 'expired' | 'values' | 'range';

/** Tables to be merged into a level, or to be moved there as they are. */
export interface Choice {
  readonly reason: ChoiceReason;
  /** `move`: the inputs change their level without being read. */
  readonly kind: 'merge' | 'move';
  readonly inputLevel: number;
  readonly outputLevel: number;
  /** Of the input level; of level 0 newest first. */
  readonly inputs: readonly TableSummary[];
  /** Of the output level, all that share keys with the inputs. */
  readonly overlaps: readonly TableSummary[];
  /** Below the output level, by level: all that share keys with the tables above. */
  readonly deeper: readonly (readonly TableSummary[])[];
}

/** A table whose merge with the next level would take more than this many tables' bytes is not made or moved. */
export const GRANDPARENT_TABLES_MAX = 10;
/** A compaction is not widened beyond this many tables' bytes. */
const WIDENED_TABLES_MAX = 25;

/** What takes `inputs` one step down to `outputLevel`. */
export function choiceOf(
  version: Version,
  options: Pick<TreeOptions, 'tableBytesMax'>,
  reason: ChoiceReason,
  [inputLevel, outputLevel]: readonly [number, number],
  inputs: readonly TableSummary[],
  mayMove: boolean,
): Choice {
  const span = spanOf(inputs);
  const overlaps = inputLevel === outputLevel ? [] : overlapping(version.levels[outputLevel]!, span);
  const whole = spanOf([...inputs, ...overlaps]);
  const deeper = version.levels.slice(outputLevel + 1).map((tables) => overlapping(tables, whole));
  const grandparentBytes = deeper.length === 0 ? 0 : bytesOf(deeper[0]!);
  const isMove =
    mayMove &&
    inputLevel !== outputLevel &&
    overlaps.length === 0 &&
    grandparentBytes <= GRANDPARENT_TABLES_MAX * options.tableBytesMax;
  return { reason, kind: isMove ? 'move' : 'merge', inputLevel, outputLevel, inputs, overlaps, deeper };
}

/**
 * More tables of the input level that can go along without touching more of the output level: they would have to be merged
 * with the same tables again.
 */
export function widened(
  version: Version,
  options: Pick<TreeOptions, 'tableBytesMax'>,
  inputLevel: number,
  inputs: readonly TableSummary[],
  excluded: ReadonlySet<number>,
): readonly TableSummary[] {
  const below = version.levels[inputLevel + 1]!;
  const overlaps = overlapping(below, spanOf(inputs));
  if (overlaps.length === 0) return inputs;
  const wider = overlapping(version.levels[inputLevel]!, spanOf([...inputs, ...overlaps]));
  if (wider.length === inputs.length || wider.some(({ fileNumber }) => excluded.has(fileNumber))) return inputs;
  const widerOverlaps = overlapping(below, spanOf(wider));
  const isFree =
    widerOverlaps.length === overlaps.length &&
    bytesOf(wider) + bytesOf(widerOverlaps) <= WIDENED_TABLES_MAX * options.tableBytesMax;
  return isFree ? wider : inputs;
}

/** The deepest level that holds anything; 0 when no level below 0 does. */
export function lastLevel(version: Version): number {
  let level = LEVEL_COUNT - 1;
  while (level > 0 && version.levels[level]!.length === 0) level--;
  return level;
}
