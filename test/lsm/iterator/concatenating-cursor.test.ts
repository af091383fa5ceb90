import { describe, expect, it } from 'vitest';
import { ConcatenatingCursor } from '../../../src/lsm/iterator/concatenating-cursor.js';
import { ArrayCursor, bytesOf, firstDifference, put, randomVersions, seeded, type Version } from '../support/model.js';

/** Cuts versions into members that share no key; `opened` collects their cursors. */
function membersOf(
  versions: readonly Version[],
  random: (below: number) => number,
  opened: ArrayCursor[] = [],
  isUnloaded?: () => boolean,
): { firstKey: Uint8Array; lastKey: Uint8Array; cursor: () => ArrayCursor }[] {
  const parts: Version[][] = [];
  for (const version of versions) {
    const part = parts.at(-1);
    if (part === undefined || (part.at(-1)!.key !== version.key && random(10) === 0)) parts.push([version]);
    else part.push(version);
  }
  return parts.map((part) => ({
    firstKey: bytesOf(part[0]!.key),
    lastKey: bytesOf(part.at(-1)!.key),
    cursor: () => {
      const cursor = new ArrayCursor(part, isUnloaded);
      opened.push(cursor);
      return cursor;
    },
  }));
}

describe('a run of tables', () => {
  it.each([1, 2, 3, 4])('steps as one sorted list does (seed %d)', (seed) => {
    const random = seeded(seed);
    const versions = randomVersions(random, 300, 150);
    const chance = seeded(seed + 9);
    const isUnloaded = (): boolean => seed % 2 === 0 && chance(3) === 0;
    const run = new ConcatenatingCursor(membersOf(versions, random, [], isUnloaded));
    const keys = [...versions.map(({ key }) => key), 'between', '\xff'.repeat(60)];
    expect(firstDifference(run, new ArrayCursor(versions), random, 5000, keys)).toBeUndefined();
  });

  it('has one member open at a time and none when closed', () => {
    const opened: ArrayCursor[] = [];
    const versions = Array.from({ length: 100 }, (_, i) => put(`k${String(i).padStart(3, '0')}`, i + 1));
    const run = new ConcatenatingCursor(membersOf(versions, seeded(1), opened));
    run.seekToFirst();
    for (let i = 1; i < 100; i++) {
      run.next();
      expect(opened.filter(({ closed }) => closed === 0)).toHaveLength(1);
    }
    run.close();
    expect(opened.every(({ closed }) => closed === 1)).toBe(true);
  });
});
