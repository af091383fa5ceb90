import { LEVEL_COUNT, type Version } from '../manifest/version.js';
import type { TableSummary } from '../sstable/table-summary.js';
import type { TreeOptions } from '../tree-options.js';
import { excessGarbageBytes } from '../value-file/clearing.js';

/** How large the levels may be. */
export interface LevelTargets {
  /** The level that level 0 is merged into. Those between are empty. */
  readonly baseLevel: number;
  /** By level, in bytes; 0 for level 0 and for levels above the base, which are to be empty. */
  readonly targetBytes: readonly number[];
}

/** What the sizing looks at. */
export type LevelOptions = Pick<TreeOptions, 'levelBytesBase' | 'levelRatio'>;

/**
 * Sizes the levels from the bottom up: the largest level has the size it has, each above it a `levelRatio`-th, up to
 * the first that would fit into `levelBytesBase`, the base level. So about nine tenths of the data are in the last level
 * whatever the total, and space amplification stays near 1.1, where targets fixed from the top can leave a last level
 * hardly larger than the one above it. (RocksDB calls this dynamic level size.)
 *
 * A young tree has all its data in level 0 and the last level; levels above come into use as it grows.
 */
export function levelTargets(version: Version, options: LevelOptions): LevelTargets {
  const { levelBytesBase, levelRatio } = options;
  const sizes = version.levels.map(bytesOf);
  const targetBytes = new Array<number>(LEVEL_COUNT).fill(0);
  const largest = Math.max(...sizes.slice(1));
  if (largest === 0) {
    targetBytes[LEVEL_COUNT - 1] = levelBytesBase;
    return { baseLevel: LEVEL_COUNT - 1, targetBytes };
  }
  let baseLevel = sizes.findIndex((size, level) => level > 0 && size > 0);
  let baseBytes = largest / levelRatio ** (LEVEL_COUNT - 1 - baseLevel);
  while (baseLevel > 1 && baseBytes > levelBytesBase) {
    baseLevel--;
    baseBytes /= levelRatio;
  }
  let target = Math.max(Math.min(baseBytes, levelBytesBase), levelBytesBase / levelRatio);
  for (let level = baseLevel; level < LEVEL_COUNT; level++) {
    // A level below the base one is never asked to be smaller than the base may be: that would only move tables about.
    targetBytes[level] = level === baseLevel && level < LEVEL_COUNT - 1 ? target : Math.max(target, levelBytesBase);
    target *= levelRatio;
  }
  return { baseLevel, targetBytes };
}

/** How much a level is over what it may hold: 1 and more asks for a compaction. The last level has nowhere to go. */
export function levelScore(
  version: Version,
  level: number,
  targets: LevelTargets,
  options: Pick<TreeOptions, 'level0TablesCompact'>,
): number {
  if (level === 0) return version.levels[0]!.length / options.level0TablesCompact;
  if (level === LEVEL_COUNT - 1 || level < targets.baseLevel) return 0;
  return bytesOf(version.levels[level]!) / targets.targetBytes[level]!;
}

/** Bytes that compaction has to take out of their levels, and garbage to take out of value files. */
export function pendingBytes(
  version: Version,
  options: LevelOptions & Pick<TreeOptions, 'level0TablesCompact'>,
): number {
  const { baseLevel, targetBytes } = levelTargets(version, options);
  let pending = excessGarbageBytes(version);
  pending += version.levels[0]!.length >= options.level0TablesCompact ? bytesOf(version.levels[0]!) : 0;
  for (let level = baseLevel; level < LEVEL_COUNT - 1; level++) {
    pending += Math.max(0, bytesOf(version.levels[level]!) - targetBytes[level]!);
  }
  return pending;
}

export function bytesOf(tables: readonly TableSummary[]): number {
  let bytes = 0;
  for (const table of tables) bytes += table.dataBytes;
  return bytes;
}
