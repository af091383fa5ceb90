import { describe, expect, it } from 'vitest';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { MergingCursor } from '../../../src/lsm/iterator/merging-cursor.js';
import {
  ArrayCursor,
  everything,
  firstDifference,
  put,
  randomVersions,
  seeded,
  versionOf,
  type Version,
} from '../support/model.js';

/** Deals versions out to so many sources, each in order. */
function dealt(versions: readonly Version[], sources: number, random: (below: number) => number): Version[][] {
  const hands = Array.from({ length: sources }, (): Version[] => []);
  for (const version of versions) hands[random(sources)]!.push(version);
  return hands;
}

describe('a merge of cursors', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('steps as one sorted list does, blocks missing at random (seed %d)', (seed) => {
    const random = seeded(seed);
    const versions = randomVersions(random, 400, 120);
    const chance = seeded(seed + 50);
    const unloads = seed % 2 === 0;
    const children = dealt(versions, 1 + random(8), random).map(
      (hand) => new ArrayCursor(hand, () => unloads && chance(3) === 0),
    );
    const keys = versions.map(({ key }) => key);
    const difference = firstDifference(new MergingCursor(children), new ArrayCursor(versions), random, 6000, keys);
    expect(difference).toBeUndefined();
  });

  it('loads asynchronously too', async () => {
    const versions = randomVersions(seeded(1), 100);
    const children = dealt(versions, 3, seeded(2)).map((hand) => new ArrayCursor(hand, () => true));
    const merge = new MergingCursor(children);
    merge.seekToFirst();
    const seen: Version[] = [];
    for (;;) {
      if (merge.state === CursorState.unloaded) await merge.load();
      if (merge.state !== CursorState.ready) break;
      seen.push(versionOf(merge.entry));
      merge.next();
    }
    expect(seen).toEqual(versions);
  });

  it('of equal entries shows that of the earlier child first, and both, either way', () => {
    const children = [[put('a', 1, 'first')], [put('a', 1, 'second')]].map((hand) => new ArrayCursor(hand));
    const merge = new MergingCursor(children);
    expect(everything(merge).map(({ value }) => value)).toEqual(['first', 'second']);
    merge.seekToLast();
    expect(versionOf(merge.entry).value).toBe('second');
    merge.previous();
    expect(versionOf(merge.entry).value).toBe('first');
    merge.next();
    expect(versionOf(merge.entry).value).toBe('second');
  });

  it('of nothing is at its end', () => {
    const merge = new MergingCursor([]);
    merge.seekToFirst();
    expect(merge.state).toBe(CursorState.end);
  });

  it('closes each child once', () => {
    const children = [new ArrayCursor([]), new ArrayCursor([put('a', 1)])];
    new MergingCursor(children).close();
    expect(children.map(({ closed }) => closed)).toEqual([1, 1]);
  });
});
