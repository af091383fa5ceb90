import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../src/base/bytes.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { CursorState, type Cursor } from '../../../src/lsm/iterator/cursor.js';
import { toKeyRange, type KeyRange } from '../../../src/lsm/iterator/key-range.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { bytesOf, put, randomKey, randomVersions, seeded, versionOf, type Version } from '../support/model.js';
import { DIRECTORY, newFileSystem, NUMBER, smallBlocks, writeTable } from '../support/tables.js';

async function tableOf(versions: readonly Version[], options = smallBlocks): Promise<[Table, BlockCache]> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, options);
  const cache = new BlockCache(1 << 20);
  return [Table.openSync(fileSystem, DIRECTORY, NUMBER, cache), cache];
}

/** What a walk over the range shows of it. */
function walk(cursor: Cursor, { start, end }: KeyRange, isReverse: boolean): Version[] {
  const found: Version[] = [];
  if (isReverse) {
    if (end === undefined) cursor.seekToLast();
    else cursor.seekBefore(end);
  } else if (start === undefined) cursor.seekToFirst();
  else cursor.seek(start);
  for (;;) {
    while (cursor.state === CursorState.unloaded) cursor.loadSync();
    if (cursor.state === CursorState.end) return found;
    const version = versionOf(cursor.entry);
    if (!isIn(version, { start, end })) return found;
    found.push(version);
    if (isReverse) cursor.previous();
    else cursor.next();
  }
}

function isIn({ key }: Version, { start, end }: KeyRange): boolean {
  if (start !== undefined && compareBytes(bytesOf(key), start) < 0) return false;
  return end === undefined || compareBytes(bytesOf(key), end) < 0;
}

describe('a cursor over a range of a table', () => {
  it.each([1, 2, 3, 4])('shows all that is in the range, either way (seed %d)', async (seed) => {
    const random = seeded(seed);
    const versions = randomVersions(random, 600, 300);
    const [table] = await tableOf(versions, { ...smallBlocks, blockBytes: [1, 60, 300, 1000][seed - 1]! });
    for (let i = 0; i < 500; i++) {
      const bounds = [randomKey(random, 300), randomKey(random, 300)].map(bytesOf).sort(compareBytes);
      const range = {
        start: random(4) === 0 ? undefined : bounds[0],
        end: random(4) === 0 ? undefined : bounds[1],
      };
      const expected = versions.filter((version) => isIn(version, range));
      expect(walk(table.cursor(range), range, false)).toEqual(expected);
      expect(walk(table.cursor(range), range, true)).toEqual(expected.toReversed());
    }
  });

  it.each([false, true])('reads no block for what lies between two blocks (reverse: %s)', async (isReverse) => {
    const nameOf = (i: number): string => `user:${String.fromCharCode(0x21 + i)}`;
    const versions = Array.from({ length: 40 }, (_, i) => put(`${nameOf(2 * i)}:name`, i + 1));
    const [table, cache] = await tableOf(versions, { ...smallBlocks, blockBytes: 1 });
    expect(table.blockCount).toBe(40);
    for (let i = 0; i < 39; i++) {
      const range = toKeyRange({ prefix: bytesOf(nameOf(2 * i + 1)) });
      expect(walk(table.cursor(range), range, isReverse)).toEqual([]);
    }
    expect(cache.stats().misses).toBe(0);
  });

  it.each([false, true])('ends with the last block of the range (reverse: %s)', async (isReverse) => {
    const versions = Array.from({ length: 50 }, (_, i) => put(`k${String(i).padStart(2, '0')}`, i + 1));
    const [table, cache] = await tableOf(versions, { ...smallBlocks, blockBytes: 1 });
    const range = toKeyRange({ prefix: bytesOf('k1') });
    expect(walk(table.cursor(range), range, isReverse)).toHaveLength(10);
    expect(cache.stats().misses).toBe(10);
  });
});
