import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { bytesOf, inOrder, put, seeded, type Version } from '../../support/model.js';
import { findSync, runOf } from '../../support/point-reads.js';
import { DIRECTORY, newFileSystem, NUMBER, smallBlocks, writeTable } from '../../support/tables.js';

const LATEST = Number.MAX_SAFE_INTEGER;

const versions: readonly Version[] = Array.from({ length: 400 }, (_, i) =>
  put(`key${String(i).padStart(4, '0')}`, i + 1, `value ${i}`),
).toSorted(inOrder);

async function tableWith(cacheBytes: number): Promise<Table> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, smallBlocks);
  return Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(cacheBytes));
}

describe('a block that has left the cache', () => {
  it('becomes the next that goes in', async () => {
    const table = await tableWith(0);
    const first = table.blocks.readSync(runOf(table, 0));
    first.release();
    expect(table.blocks.readSync(runOf(table, 5))).toBe(first);
  });

  it('stays what it is while somebody holds it', async () => {
    const table = await tableWith(0);
    const held = table.blocks.readSync(runOf(table, 0));
    const { length, bytes } = held;
    const contents = Buffer.from(bytes.subarray(0, length));
    for (let number = 1; number < table.blockCount; number++) {
      const other = table.blocks.readSync(runOf(table, number));
      expect(other).not.toBe(held);
      other.release();
    }
    expect(Buffer.from(held.bytes.subarray(0, held.length)).equals(contents)).toBe(true);
  });

  it.each([1, 2, 3])('leaves nothing of itself in the next: all keys are found (seed %d)', async (seed) => {
    const table = await tableWith(4000);
    const random = seeded(seed);
    // In turns some blocks often, so that they get directories, and any, so that those leave again.
    for (let i = 0; i < 4000; i++) {
      const version = versions[random(i % 3 === 0 ? versions.length : 10)]!;
      expect(findSync(table, bytesOf(version.key), LATEST)).toEqual(version);
      expect(findSync(table, bytesOf(`${version.key}x`), LATEST)).toBeUndefined();
    }
  });
});
