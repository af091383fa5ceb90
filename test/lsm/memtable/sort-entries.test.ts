import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { Arena, FIRST_ENTRY } from '../../../src/lsm/memtable/arena.js';
import { SCRATCH_ENTRIES, sortEntries } from '../../../src/lsm/memtable/sort-entries.js';
import { entryOf, put, randomKey, seeded } from '../support/model.js';

interface Written {
  readonly arena: Arena;
  /** The newest first. */
  readonly entries: Uint32Array;
  readonly keyAt: ReadonlyMap<number, { key: string; at: number }>;
}

/** Keys in the order of writing. */
function written(keys: readonly string[]): Written {
  const arena = new Arena(new SharedArrayBuffer(keys.reduce((sum, key) => sum + ((key.length + 51) & ~3), 64)));
  const keyAt = new Map<number, { key: string; at: number }>();
  const entries = new Uint32Array(keys.length);
  let offset = FIRST_ENTRY;
  keys.forEach((key, i) => {
    entries[keys.length - 1 - i] = offset;
    keyAt.set(offset, { key, at: i });
    const entry = entryOf(put(key, i + 1, ''));
    offset = arena.write(offset, entry, hashKey(entry.keyBytes), i + 1, 1, undefined);
  });
  return { arena, entries, keyAt };
}

/** Sorts keys that were written in this order, and gives the keys and positions as sorted. */
function sorted(keys: readonly string[]): { key: string; at: number }[] {
  const { arena, entries, keyAt } = written(keys);
  sortEntries(arena, entries);
  return [...entries].map((entry) => keyAt.get(entry)!);
}

function expected(keys: readonly string[]): { key: string; at: number }[] {
  return keys.map((key, at) => ({ key, at })).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : b.at - a.at));
}

describe('sorting entries', () => {
  it.each([0, 1, 2, 24, 25, 200, 5000, 20_000])('orders %d keys, newest version first', (count) => {
    const random = seeded(count);
    const keys = Array.from({ length: count }, () => randomKey(random, count));
    expect(sorted(keys)).toEqual(expected(keys));
  });

  it('orders keys that differ in nothing but zeros at their end', () => {
    const keys = Array.from({ length: 300 }, (_, i) => 'k' + '\0'.repeat((i * 7) % 50));
    expect(sorted(keys)).toEqual(expected(keys));
  });

  it('orders many versions of one key', () => {
    const keys = Array.from({ length: 1000 }, () => 'the same');
    expect(sorted(keys)).toEqual(expected(keys));
  });

  it('orders keys made so that each round splits off one', () => {
    const keys = Array.from({ length: 700 }, (_, i) => 'a'.repeat(6 * i) + 'b');
    expect(sorted(keys)).toEqual(expected(keys));
  });

  it('takes no fresh memory for as many as are sorted in one step', () => {
    const keys = Array.from({ length: SCRATCH_ENTRIES }, (_, i) => String(i * 7919).padStart(16, '0'));
    const { arena, entries } = written(keys);
    sortEntries(arena, entries.slice());
    const again = [entries.slice(), entries.slice(), entries.slice()];
    const before = process.memoryUsage().external;
    for (const unsorted of again) sortEntries(arena, unsorted);
    // The table of counts is made anew.
    expect(process.memoryUsage().external - before).toBeLessThan(SCRATCH_ENTRIES * 4);
  });
});
