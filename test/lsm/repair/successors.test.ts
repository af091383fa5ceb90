import { expect, test } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { successorsOf } from '../../../src/lsm/repair/successors.js';
import type { TableSummary } from '../../../src/lsm/sstable/table-summary.js';

/** `number: first-last @ least sequence-highest sequence` */
function table(text: string): TableSummary {
  const [, number, firstKey, lastKey, minSequence, maxSequence] = /^(\d+): (\w)-(\w) @ (\d+)-(\d+)$/.exec(text)!;
  return {
    fileNumber: toFileNumber(Number(number)),
    firstKey: Buffer.from(firstKey!),
    lastKey: Buffer.from(lastKey!),
    minSequence: Number(minSequence),
    maxSequence: Number(maxSequence),
    dataBytes: 1,
    indexBytes: 1,
    entryCount: 1,
    tombstoneCount: 0,
    rawBytes: 1,
    oldestExpiryMs: 0,
  };
}

/** As `gone -> successor successor`. */
function successors(gone: readonly string[], unnamed: readonly string[]): string[] {
  return [...successorsOf(gone.map(table), unnamed.map(table))].map(
    ([number, row]) => `${number} -> ${row.map(({ fileNumber }) => fileNumber).join(' ')}`,
  );
}

test('a table with its keys and its sequences takes the place of those it was made of', () => {
  expect(successors(['1: a-m @ 1-10', '2: c-z @ 11-20'], ['3: a-z @ 1-20'])).toEqual(['1 -> 3', '2 -> 3']);
});

test('several in a row do, with gaps between their keys', () => {
  expect(successors(['1: b-y @ 1-10'], ['5: m-p @ 2-9', '4: a-k @ 1-12', '6: r-z @ 3-10'])).toEqual(['1 -> 4 5 6']);
});

test('one that keeps nothing of it does when it holds something of another that is gone', () => {
  expect(successors(['1: b-c @ 1-10', '2: a-z @ 11-20'], ['3: a-z @ 11-20'])).toEqual(['1 -> 3', '2 -> 3']);
});

for (const [what, unnamed] of Object.entries({
  'no table': [],
  'an older one': ['6: a-z @ 1-12'],
  'one that begins behind its first key': ['8: c-z @ 1-12'],
  'one that ends before its last key': ['8: a-x @ 1-12'],
  'a row with a gap in its numbers': ['8: a-k @ 1-12', '10: l-z @ 1-12'],
  'two that share keys': ['8: a-m @ 1-12', '9: m-z @ 1-12'],
  'one without anything as new': ['8: a-z @ 1-9'],
  'a later flush': ['8: a-z @ 11-20'],
})) {
  test(`${what} does not`, () => {
    expect(successors(['7: b-y @ 1-10'], unnamed)).toEqual([]);
  });
}
