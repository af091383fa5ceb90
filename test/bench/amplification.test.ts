import { describe, expect, it } from 'vitest';
import { coreCachePolicy, levelDbPolicy } from '../../bench/amplification/policies.js';
import { simulateFill } from '../../bench/amplification/simulate-fill.js';
import { cutStretches, mergedStretches } from '../../bench/amplification/simulated-table.js';
import { defaultTreeOptions } from '../../src/lsm/tree-options.js';

const MIB = 1024 * 1024;

describe('the simulation of choosing', () => {
  it('adds what is written once, and lets what is written again take the place of the old', () => {
    const runs = [[{ start: 0, end: 100, entryCount: 50 }], [{ start: 0, end: 50, entryCount: 25 }]];
    expect(mergedStretches(runs, true)).toEqual([
      { start: 0, end: 50, entryCount: 50 },
      { start: 50, end: 100, entryCount: 25 },
    ]);
    expect(mergedStretches(runs, false)[0]).toEqual({ start: 0, end: 50, entryCount: 37.5 });
  });

  it('cuts tables at their size, and where it is told to', () => {
    const stretch = { start: 0, end: 100, entryCount: 50 };
    expect(cutStretches([stretch], 20, () => false).map(({ end }) => end)).toEqual([40, 80, 100]);
    const halves = [
      { ...stretch, end: 50, entryCount: 25 },
      { ...stretch, start: 50, entryCount: 25 },
    ];
    expect(cutStretches(halves, 100, ({ end }) => end === 50).map(({ end }) => end)).toEqual([50, 100]);
  });

  it('writes less than by the rules of LevelDB, and takes less space', () => {
    const fill = { keyCount: 5_000_000, passes: 3, memtableBytes: 32 * MIB };
    const ours = simulateFill(coreCachePolicy(defaultTreeOptions), fill);
    const theirs = simulateFill(levelDbPolicy(), fill);
    ours.forEach((pass, i) => expect(pass.writeAmplification).toBeLessThan(theirs[i]!.writeAmplification));
    for (const pass of ours) expect(pass.spaceAmplificationAtRest).toBeLessThan(1.2);
  });
});
