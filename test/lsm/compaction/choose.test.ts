import { describe, expect, it } from 'vitest';
import { choose, type ChooseOptions } from '../../../src/lsm/compaction/choose.js';
import { chooseInRange } from '../../../src/lsm/compaction/choose-in-range.js';
import { levelTargets } from '../../../src/lsm/compaction/level-targets.js';
import type { ChoiceMoment } from '../../../src/lsm/compaction/stale-share.js';
import { Version } from '../../../src/lsm/manifest/version.js';
import { bytes } from '../tree/tree-under-test.js';
import { parseLevels, printChoice } from './levels-script.js';

const options: ChooseOptions = { level0TablesCompact: 2, levelBytesBase: 400, levelRatio: 4, tableBytesMax: 100 };
const moment: ChoiceMoment = { nowMs: 0, oldestSnapshot: Infinity, excluded: new Set(), isQuiet: false };
const quiet: Partial<ChoiceMoment> = { isQuiet: true };
const anHourLater = 3_600_000;
const twoDaysLater = 48 * anHourLater;

function chosen(levels: string, at: Partial<ChoiceMoment> = {}): string {
  return printChoice(choose(parseLevels(levels), options, { ...moment, ...at }));
}

describe('choose', () => {
  const scripts: readonly (readonly [name: string, levels: string, choice: string, at?: Partial<ChoiceMoment>])[] = [
    ['leaves an empty tree alone', 'L0:', 'nothing'],
    ['leaves level 0 alone below its count', 'L0: 1[a-z]', 'nothing'],
    ['merges all of level 0, which overlaps', 'L0: 2[a-m] 1[c-z]', 'level0: merge L0 2 1 into L6'],
    ['takes along what overlaps below', 'L0: 4[a-b] 3[b-c]\nL6: 1[a-k] 2[m-z]', 'level0: merge L0 4 3 into L6 with 1'],
    ['moves tables that share no key', 'L0: 2[a-b] 1[c-d]', 'level0: move L0 2 1 into L6'],
    [
      'moves only the one that shares no key with an older or newer one',
      'L0: 3[x-z] 2[a-c] 1[b-d]',
      'level0: move L0 3 into L6',
    ],
    ['does not move what overlaps below', 'L0: 3[a-b] 2[c-d]\nL6: 1[a-z]', 'level0: merge L0 3 2 into L6 with 1'],
    ['does not move tombstones, which a merge can drop', 'L0: 2[a-b]* 1[c-d]*', 'level0: merge L0 2 1 into L6'],
    [
      'opens a level above when the last one outgrows the base',
      'L0: 3[a-m] 2[c-z]\nL6: 1[a-z]x1000',
      'level0: merge L0 3 2 into L5, over 1',
    ],
    [
      'takes a level that is over its target down',
      'L5: 1[a-c]x300 2[d-f]x200\nL6: 3[a-c]x500 4[d-z]x500',
      'size: merge L5 1 into L6 with 3',
    ],
    [
      'prefers the table that costs least to merge',
      'L5: 1[a-c]x300 2[p-q]x200\nL6: 3[a-g]x900 4[h-p]x100',
      'size: merge L5 2 into L6 with 4',
    ],
    [
      'prefers a table of tombstones to one that costs less',
      'L5: 1[a-c]x300* 2[p-q]x200\nL6: 3[a-g]x900 4[h-z]x100',
      'size: merge L5 1 into L6 with 3',
    ],
    ['moves where nothing overlaps', 'L5: 1[a-c]x300 2[p-q]x200\nL6: 3[d-g]x900', 'size: move L5 1 into L6'],
    [
      'widens to what fits between the same tables below',
      'L5: 1[a-b]x250 2[c-d]x250\nL6: 3[a-g]x1000',
      'size: merge L5 1 2 into L6 with 3',
    ],
    ['rewrites a table of tombstones at the bottom', 'L6: 1[a-c] 2[d-f]*', 'tombstones: merge L6 2 into L6'],
    ['takes tombstones down', 'L5: 1[a-c]x50*\nL6: 2[b-z]', 'tombstones: merge L5 1 into L6 with 2'],
    ['keeps tombstones that a snapshot needs', 'L6: 1[a-c]*', 'nothing', { oldestSnapshot: 18 }],
    ['cleans values that ended long ago', 'L6: 1[a-c]! 2[d-f]', 'expired: merge L6 1 into L6', { nowMs: twoDaysLater }],
    ['has patience with a few values that have ended', 'L6: 1[a-c]!', 'nothing', { nowMs: anHourLater }],
    ['has none when half of them have', 'L6: 1[a-c]%', 'expired: merge L6 1 into L6', { nowMs: 1000 }],
    ['waits until half of them have', 'L6: 1[a-c]%', 'nothing', { nowMs: 0 }],
    [
      'keeps ended values that a snapshot may have to hide',
      'L6: 1[a-c]%',
      'nothing',
      { nowMs: 1000, oldestSnapshot: 18 },
    ],
    [
      'drops what released snapshots read, when it is half',
      'L6: 1[a-c]#',
      'space: merge L6 1 into L6',
      { nowMs: 1000 },
    ],
    ['lets a few such versions be', 'L6: 1[a-c]=', 'nothing', { nowMs: 1000 }],
    ['takes a long row of tombstones down', 'L5: 1[a-c]x50_\nL6: 2[b-z]', 'tombstones: merge L5 1 into L6 with 2'],
    [
      'merges tombstones of level 0 into what is small',
      'L0: 2[a-b]*\nL6: 1[a-z]',
      'tombstones: merge L0 2 into L6 with 1',
    ],
    ['lets them gather over what is large', 'L0: 2[a-b]*\nL6: 1[a-z]x300', 'nothing'],
    ['leaves level 0 alone while writes go on', 'L0: 2[a-z]x50\nL6: 1[a-z]', 'nothing'],
    ['brings level 0 down when they pause', 'L0: 2[a-z]x50\nL6: 1[a-z]', 'space: merge L0 2 into L6 with 1', quiet],
    ['leaves alone what hides little', 'L0: 3[a-z]x10\nL6: 1[a-z]x100', 'nothing', quiet],
    [
      'counts the levels between',
      'L0: 3[a-z]x10\nL5: 2[a-z]x90\nL6: 1[a-z]x700',
      'space: merge L0 3 into L5 with 2, over 1',
      quiet,
    ],
    ['moves a single table to the bottom', 'L0: 1[a-z]', 'space: move L0 1 into L6', quiet],
    ['has nothing to give back without level 0', 'L5: 2[a-z]x90\nL6: 1[a-z]x100', 'nothing', quiet],
    [
      'leaves a damaged table alone, and what is newer in level 0',
      'L0: 4[a-z] 3[a-z] 2[a-c] 1[b-d]',
      'level0: merge L0 2 1 into L6',
      { excluded: new Set([3]) },
    ],
    [
      'takes another table when the best one is damaged',
      'L5: 1[a-c]x300 2[p-q]x200\nL6: 3[d-g]x900',
      'size: move L5 2 into L6',
      { excluded: new Set([1]) },
    ],
  ];
  for (const [name, levels, choice, at] of scripts) {
    it(name, () => expect(chosen(levels, at)).toBe(choice));
  }
});

describe('chooseInRange', () => {
  const inRange = (levels: string, start?: string, end?: string, at: Partial<ChoiceMoment> = {}): string =>
    printChoice(
      chooseInRange(
        parseLevels(levels),
        options,
        { ...moment, ...at },
        {
          range: {
            start: start === undefined ? undefined : bytes(start),
            end: end === undefined ? undefined : bytes(end),
          },
          throughSequence: 1000,
          beforeFileNumber: 100,
        },
      ),
    );

  it('begins with level 0', () => expect(inRange('L0: 2[a-b]\nL6: 1[a-z]')).toBe('range: merge L0 2 into L6 with 1'));
  it('goes on level by level', () =>
    expect(inRange('L4: 2[a-b]\nL5: 3[a-b]\nL6: 1[a-z]')).toBe('range: merge L4 2 into L5 with 3, over 1'));
  it('leaves out tables beside the range', () =>
    expect(inRange('L5: 2[a-b] 3[d-e]\nL6: 4[a-c] 1[d-z]', 'c', 'e')).toBe('range: merge L5 3 into L6 with 1'));
  it('excludes the end of the range', () => expect(inRange('L5: 2[c-d]\nL6: 1[a-b]', 'a', 'c')).toBe('nothing'));
  it('drops what is left at the bottom', () =>
    expect(inRange('L6: 1[a-b] 2[c-d]~ 3[e-f]~')).toBe('range: merge L6 2 into L6'));
  it('drops what a released snapshot read', () =>
    expect(inRange('L6: 1[a-b]=', undefined, undefined, { oldestSnapshot: 10 })).toBe('range: merge L6 1 into L6'));
  it('keeps what a snapshot reads', () =>
    expect(inRange('L6: 1[a-b]=', undefined, undefined, { oldestSnapshot: 9 })).toBe('nothing'));
  it('does not clean twice', () => expect(inRange('L6: 101[a-b]~')).toBe('nothing'));
  it('leaves alone what was written later', () => expect(inRange('L0: 101[a-b]')).toBe('nothing'));
});

describe('levelTargets', () => {
  const targets = (levels: string): string => {
    const { baseLevel, targetBytes } = levelTargets(parseLevels(levels), options);
    return `base ${baseLevel}: ${targetBytes.join(' ')}`;
  };

  it('puts a young tree into the last level', () => {
    expect(levelTargets(Version.empty, options)).toEqual({ baseLevel: 6, targetBytes: [0, 0, 0, 0, 0, 0, 400] });
    expect(targets('L6: 1[a-z]x400')).toBe('base 6: 0 0 0 0 0 0 400');
  });
  it('gives each level a share of the one below', () => {
    expect(targets('L6: 1[a-z]x1600')).toBe('base 5: 0 0 0 0 0 400 1600');
    expect(targets('L6: 1[a-z]x6400')).toBe('base 4: 0 0 0 0 400 1600 6400');
    expect(targets('L6: 1[a-z]x6000')).toBe('base 4: 0 0 0 0 375 1500 6000');
  });
  it('keeps a base level that still holds data', () => {
    expect(targets('L4: 1[a-z]x10\nL6: 2[a-z]x400')).toBe('base 4: 0 0 0 0 100 400 1600');
  });
});
