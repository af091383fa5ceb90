import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/base/bytes.js';
import { Operation } from '../../../src/lsm/entry.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { EVERY_KEY, toKeyRange, type KeyRange } from '../../../src/lsm/iterator/key-range.js';
import { VisibleIterator } from '../../../src/lsm/iterator/visible-iterator.js';
import {
  ArrayCursor,
  bytesOf,
  del,
  everything,
  firstDifference,
  put,
  randomKey,
  randomVersions,
  seeded,
  versionOf,
  type Version,
} from '../support/model.js';

const NOW = 1_700_000_050_000;

/** The dumb twin: filters the whole list. */
function visible(versions: readonly Version[], range: KeyRange, atSequence: number, nowMs: number): Version[] {
  const seen = new Set<string>();
  return versions.filter((version) => {
    if (version.sequence > atSequence || seen.has(version.key)) return false;
    seen.add(version.key);
    const key = bytesOf(version.key);
    if (range.start !== undefined && compareBytes(key, range.start) < 0) return false;
    if (range.end !== undefined && compareBytes(key, range.end) >= 0) return false;
    return version.operation === Operation.put && (version.expiresAtMs === 0 || version.expiresAtMs > nowMs);
  });
}

function backward(iterator: VisibleIterator): Version[] {
  const versions: Version[] = [];
  iterator.seekToLast();
  for (;;) {
    while (iterator.state === CursorState.unloaded) iterator.loadSync();
    if (iterator.state === CursorState.end) return versions;
    versions.push(versionOf(iterator.entry));
    iterator.previous();
  }
}

describe('what a reader sees', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i))('is what filtering all versions gives (seed %d)', (seed) => {
    const random = seeded(seed);
    const versions = randomVersions(random, 400, 100);
    const chance = seeded(seed + 1);
    const range = toKeyRange({
      ...(random(2) === 0 ? { gte: bytesOf(randomKey(random, 100)) } : {}),
      ...(random(2) === 0 ? { lt: bytesOf(randomKey(random, 100)) } : {}),
      ...(random(3) === 0 ? { prefix: bytesOf(randomKey(random, 100).slice(0, 2)) } : {}),
    });
    const atSequence = random(500);
    const source = new ArrayCursor(versions, () => seed % 2 === 0 && chance(3) === 0);
    const iterator = new VisibleIterator(source, range, atSequence, NOW);
    const expected = visible(versions, range, atSequence, NOW);
    expect(everything(iterator)).toEqual(expected);
    expect(backward(iterator)).toEqual([...expected].reverse());
    const keys = [...versions.map(({ key }) => key), 'other'];
    // Outside the range a seek by the twin goes to the nearest inside: both are clamped alike.
    expect(firstDifference(iterator, new ArrayCursor(expected), random, 2000, keys)).toBeUndefined();
  });

  it('an expired value hides older ones', () => {
    const versions = [{ ...put('a', 2), expiresAtMs: NOW }, put('a', 1)];
    const at = (nowMs: number): Version[] =>
      everything(new VisibleIterator(new ArrayCursor(versions), EVERY_KEY, 9, nowMs));
    expect(at(NOW)).toEqual([]);
    expect(at(NOW - 1)).toEqual([versions[0]]);
  });

  it('a delete hides older values, to those who read after it', () => {
    const versions = [del('a', 2), put('a', 1)];
    const at = (sequence: number): Version[] =>
      everything(new VisibleIterator(new ArrayCursor(versions), EVERY_KEY, sequence, NOW));
    expect(at(2)).toEqual([]);
    expect(at(1)).toEqual([versions[1]]);
  });

  it('an empty range shows nothing, either way', () => {
    const range = toKeyRange({ gte: bytesOf('b'), lt: bytesOf('b') });
    const versions = [put('a', 1), put('b', 2), put('c', 3)];
    const iterator = new VisibleIterator(new ArrayCursor(versions), range, 9, NOW);
    expect(everything(iterator)).toEqual([]);
    expect(backward(iterator)).toEqual([]);
  });

  it('a long stretch of deletes is passed in several steps, either way, so that others get their turn', () => {
    const deletes = Array.from({ length: 20_000 }, (_, i) => del(`m${String(i).padStart(6, '0')}`, i + 1));
    const shown = [put('a', 1), put('z', 1)];
    const iterator = new VisibleIterator(new ArrayCursor([shown[0]!, ...deletes, shown[1]!]), EVERY_KEY, 1e6, NOW);
    expect(everything(iterator)).toEqual(shown);
    expect(backward(iterator)).toEqual([...shown].reverse());
    iterator.seekToFirst();
    iterator.next();
    let steps = 0;
    for (; iterator.state === CursorState.unloaded; steps++) iterator.loadSync();
    expect(steps).toBeGreaterThan(2);
    expect(versionOf(iterator.entry)).toEqual(shown[1]);
  });

  it('closes its source', () => {
    const source = new ArrayCursor([]);
    new VisibleIterator(source, EVERY_KEY, 1, NOW).close();
    expect(source.closed).toBe(1);
  });
});
