import { LEVEL_COUNT } from '../manifest/version.js';
import type { TreeOptions } from '../tree-options.js';
import type { LevelTargets } from './level-targets.js';

/**
 * No filter has more than this many times the average. What a longer one would still save is less than one block in a
 * thousand reads, and each key costs its writer more probes.
 */
const AVERAGE_MULTIPLE_MAX = 1.5;

export type BloomOptions = Pick<TreeOptions, 'bloomBitsPerKey' | 'memtableBytesMax'>;

/**
 * Bloom filter bits for each key of a table of `level`, 0 for no filter. `bloomBitsPerKey` is the average over the tree.
 *
 * Every sorted run costs a read of a missing key its rate of false positives, whatever its size; but a bit more for each
 * key costs memory by its size. So the bits belong above: the sum of the rates for a given memory is least when the rate
 * of each run is proportional to its size (Dayan, Athanassoulis, Idreos: Monkey, SIGMOD 2017). With _b_ bits the rate is
 * exp(-_b_ ln² 2), hence
 *
 *     b(level) = average + (mean of ln size, weighted by size - ln size(level)) / ln² 2
 *
 * Sizes are the targets of the levels, which they are on their way to: a filter lives as long as its table. Level 0 comes
 * and goes, and is left out of the mean; a run of it is as large as a memtable.
 *
 * With a ratio of 10 the last level gives up half a bit, and the one above gets four more. No level goes without: keys that
 * are missing would read a block of it each time, and the last level holds most of the keys that are not.
 */
export function bloomBitsFor(level: number, targets: LevelTargets, options: BloomOptions): number {
  const { bloomBitsPerKey, memtableBytesMax } = options;
  const { baseLevel, targetBytes } = targets;
  if (bloomBitsPerKey === 0) return 0;
  const sizes = targetBytes.slice(baseLevel);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const mean = sizes.reduce((sum, size) => sum + (size / total) * Math.log(size), 0);
  const last = sizes.at(-1)!;
  const own =
    level === 0
      ? Math.min(memtableBytesMax, last)
      : targetBytes[Math.min(Math.max(level, baseLevel), LEVEL_COUNT - 1)]!;
  const bits = bloomBitsPerKey + (mean - Math.log(own)) / Math.LN2 ** 2;
  return Math.max(1, Math.min(bits, bloomBitsPerKey * AVERAGE_MULTIPLE_MAX));
}
