import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/base/bytes.js';
import { RunSearch } from '../../../src/lsm/tree/run-search.js';
import { bytesOf, randomKey, seeded } from '../support/model.js';

describe.each([1, 2, 3, 4, 5])('the search of a run of tables (seed %d)', (seed) => {
  const random = seeded(seed);
  const keys = Array.from({ length: 2 * (1 + random(60)) }, () => randomKey(random, 5000));
  const ends = [...new Set(keys)].map(bytesOf).sort(compareBytes);
  const tables = ends.flatMap((firstKey, i) => {
    const lastKey = ends[i + 1];
    return i % 2 === 0 && lastKey !== undefined ? [{ firstKey, lastKey }] : [];
  });
  const search = new RunSearch(tables);

  it('gives the table that a look at each gives', () => {
    const probes = [...ends, ...Array.from({ length: 500 }, () => bytesOf(randomKey(random, 5000)))];
    for (const key of probes) {
      const expected = tables.find(
        ({ firstKey, lastKey }) => compareBytes(firstKey, key) <= 0 && compareBytes(key, lastKey) <= 0,
      );
      expect(search.tableFor(key)).toBe(expected);
    }
  });
});
