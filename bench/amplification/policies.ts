import { compareBytes } from '#engine/base/bytes.js';
import type { Choice } from '#engine/lsm/compaction/choice.js';
import { choose, type ChooseOptions } from '#engine/lsm/compaction/choose.js';
import { overlapping, spanOf } from '#engine/lsm/compaction/key-span.js';
import { bytesOf } from '#engine/lsm/compaction/level-targets.js';
import type { Version } from '#engine/lsm/manifest/version.js';
import type { TableSummary } from '#engine/lsm/sstable/table-summary.js';
import type { Policy } from './simulate-fill.js';

const MIB = 1024 * 1024;

/** CoreCache's own choices. */
export function coreCachePolicy(options: ChooseOptions): Policy {
  return {
    name: 'CoreCache',
    tableBytesMax: options.tableBytesMax,
    choose: (version, isQuiet) =>
      choose(version, options, { nowMs: 0, oldestSnapshot: Infinity, excluded: new Set(), isQuiet }),
  };
}

/**
 * LevelDB's, after its doc/impl.md: four tables of level 0, 10 MiB in level 1, ten times more in each further level,
 * tables of 2 MiB; a level gives one table after the other in key order, and begins again at its end.
 */
export function levelDbPolicy(): Policy {
  const tableBytesMax = 2 * MIB;
  const pointers: (Uint8Array | undefined)[] = [];
  const scoreOf = (tables: readonly TableSummary[], level: number): number =>
    level === 0 ? tables.length / 4 : bytesOf(tables) / (10 ** level * MIB);
  return {
    name: 'LevelDB',
    tableBytesMax,
    choose(version: Version): Choice | undefined {
      const scores = version.levels.slice(0, -1).map(scoreOf);
      const level = scores.indexOf(Math.max(...scores));
      if (scores[level]! < 1) return undefined;
      const tables = version.levels[level]!;
      const after = pointers[level];
      const next = tables.find(({ lastKey }) => after === undefined || compareBytes(lastKey, after) > 0) ?? tables[0]!;
      const inputs = level === 0 ? tables : widenedOnce(version, level, [next], tableBytesMax);
      const overlaps = overlapping(version.levels[level + 1]!, spanOf(inputs));
      pointers[level] = spanOf(inputs).lastKey;
      const kind = level > 0 && inputs.length === 1 && overlaps.length === 0 ? 'move' : 'merge';
      return { reason: 'size', kind, inputLevel: level, outputLevel: level + 1, inputs, overlaps, deeper: [] };
    },
  };
}

/** Takes along what needs no more of the level below, up to 25 tables' bytes. */
function widenedOnce(
  version: Version,
  level: number,
  inputs: readonly TableSummary[],
  tableBytesMax: number,
): readonly TableSummary[] {
  const below = version.levels[level + 1]!;
  const overlaps = overlapping(below, spanOf(inputs));
  if (overlaps.length === 0) return inputs;
  const wider = overlapping(version.levels[level]!, spanOf([...inputs, ...overlaps]));
  const isFree =
    overlapping(below, spanOf(wider)).length === overlaps.length &&
    bytesOf(wider) + bytesOf(overlaps) < 25 * tableBytesMax;
  return isFree ? wider : inputs;
}
