import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/base/bytes.js';
import { BatchReader } from '../../../src/lsm/batch.js';
import { Arena, FIRST_ENTRY } from '../../../src/lsm/memtable/arena.js';
import type { SortedRun } from '../../../src/lsm/memtable/sorted-run.js';
import { sortedRun } from '../../../src/lsm/memtable/sorted-runs.js';
import { encodeBatch } from '../support/encode-batch.js';
import { bytesOf, put, randomKey, seeded } from '../support/model.js';

/** Seeks after which a run of this many entries has its heads for sure. */
const SEEKS = 20;

function runOf(keys: readonly string[]): SortedRun {
  const arena = new Arena(new SharedArrayBuffer(1024 * 1024));
  let end = FIRST_ENTRY;
  keys.forEach((key, i) => {
    const version = put(key, i + 1);
    const reader = new BatchReader(encodeBatch([{ ...version, key: bytesOf(key), value: bytesOf('v') }], 1));
    reader.next();
    end = arena.write(end, reader.entry, 0, i + 1, 1, undefined);
  });
  return sortedRun(arena, FIRST_ENTRY, end, keys.length).run;
}

/** The dumb twin. */
function countBefore(keys: readonly string[], key: string): number {
  return keys.filter((other) => compareBytes(bytesOf(other), bytesOf(key)) < 0).length;
}

function expectAll(keys: readonly string[], sought: readonly string[]): void {
  const run = runOf(keys);
  for (let seek = 0; seek < SEEKS; seek++) run.firstAtOrAfter(bytesOf('x'));
  for (const key of sought) {
    expect([key, run.firstAtOrAfter(bytesOf(key))]).toEqual([key, countBefore(keys, key)]);
  }
}

describe('a sorted run finds where a key is or would be', () => {
  it.each([1, 2, 3, 4, 5, 6])('among keys of every kind (seed %d)', (seed) => {
    const random = seeded(seed);
    const keys = Array.from({ length: 1 + random(600) }, () => randomKey(random, 300));
    expectAll(keys, [...keys, ...Array.from({ length: 200 }, () => randomKey(random, 400)), '', '\xff'.repeat(30)]);
  });

  it.each([1, 7, 8, 9, 16, 17, 100])('among %d keys that begin alike', (count) => {
    const keys = Array.from({ length: count }, (_, i) => `user:${String(i * 2).padStart(9, '0')}`);
    const between = keys.map((key) => `${key}!`);
    expectAll(keys, [...keys, ...between, '', 'user', 'user:', 'user:000000000', 'user;', 'a', 'v']);
  });

  it('among keys of which many have the same head, and one ends where all others go on', () => {
    const keys = ['same', ...Array.from({ length: 60 }, (_, i) => `same\0\0\0\0${String.fromCharCode(i)}`), 'same\x01'];
    expectAll(keys, [...keys, 'sam', 'same\0', 'same\0\0\0\0\0\0', 'same\0\0\0\x01', 'same\x02']);
  });

  it('among the versions of one key: the newest of them', () => {
    const keys = Array.from({ length: 50 }, () => 'k');
    expectAll([...keys, 'l'], ['', 'k', 'k\0', 'l', 'm']);
  });

  it('among none', () => {
    expectAll([], ['', 'a']);
  });
});
