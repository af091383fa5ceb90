import type { KeyRange } from '../iterator/key-range.js';
import type { Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import { choiceOf, lastLevel, type Choice } from './choice.js';
import { chooseLevel0, chooseTable, type ChooseOptions } from './choose.js';
import { isInRange } from './key-span.js';
import { levelTargets } from './level-targets.js';
import { holdsCovered, type ChoiceMoment } from './stale-share.js';

/** A compaction that somebody asked for, as it was when they asked. */
export interface RangeRequest {
  readonly range: KeyRange;
  /** What was written later need not come along. */
  readonly throughSequence: number;
  /** Tables with this number or a higher one were made since, and so have been cleaned already. */
  readonly beforeFileNumber: number;
}

/**
 * The next step of bringing everything in the range to the last level and dropping what may be dropped there;
 * `undefined` when it is done. Level by level from the top, a table at a time, so that each step is bounded and what
 * should be compacted more urgently can come between.
 */
export function chooseInRange(
  version: Version,
  options: ChooseOptions,
  moment: ChoiceMoment,
  request: RangeRequest,
): Choice | undefined {
  const { range, throughSequence, beforeFileNumber } = request;
  const level0 = version.levels[0]!;
  if (level0.some((table) => isInRange(table, range) && table.minSequence <= throughSequence)) {
    const choice = chooseLevel0(version, options, moment, levelTargets(version, options));
    if (choice !== undefined) return { ...choice, reason: 'range' };
  }
  const last = lastLevel(version);
  for (let level = 1; level < last; level++) {
    for (const table of version.levels[level]!) {
      if (!isInRange(table, range)) continue;
      const choice = chooseTable(version, options, moment, level, table, 'range');
      if (choice !== undefined) return choice;
    }
  }
  if (last === 0) return undefined;
  const unclean = version.levels[last]!.find(
    (table) =>
      isInRange(table, range) &&
      table.fileNumber < beforeFileNumber &&
      !moment.excluded.has(table.fileNumber) &&
      (table.tombstoneCount > 0 || hasEnded(table, moment) || holdsCovered(table, moment)),
  );
  return unclean && choiceOf(version, options, 'range', [last, last], [unclean], false);
}

function hasEnded({ oldestExpiryMs }: TableSummary, { nowMs }: ChoiceMoment): boolean {
  return oldestExpiryMs !== 0 && oldestExpiryMs <= nowMs;
}
