import { describe, expect, it } from 'vitest';
import { FaultyFileSystem } from '../../../../src/env/simulated/faulty-file-system.js';
import { Fault } from '../../../../src/env/simulated/faults.js';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { CursorState } from '../../../../src/lsm/iterator/cursor.js';
import type { Block } from '../../../../src/lsm/sstable/block/block.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { randomVersions, seeded, versionOf, type Version } from '../../support/model.js';
import { loadBlock, runOf } from '../../support/point-reads.js';
import { DIRECTORY, newFileSystem, NUMBER, positionsOf, smallBlocks, writeTable } from '../../support/tables.js';

const versions = randomVersions(seeded(11), 2000, 1500);
/** Pages of the ordinary size: runs end with them. */
const shape = { ...smallBlocks, indexPageBlocks: 64 };

async function tableOf(cacheBytes: number): Promise<{ table: Table; cache: BlockCache; files: FaultyFileSystem }> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, shape);
  const files = new FaultyFileSystem(fileSystem);
  const cache = new BlockCache(cacheBytes);
  return { table: await Table.open(files, DIRECTORY, NUMBER, cache), cache, files };
}

/** Walks with loads off the event loop; stops at an error, which it returns. */
async function walk(table: Table, isReverse = false): Promise<{ shown: Version[]; error: unknown }> {
  const shown: Version[] = [];
  const cursor = table.cursor();
  if (isReverse) cursor.seekToLast();
  else cursor.seekToFirst();
  try {
    for (;;) {
      await cursor.load();
      if (cursor.state === CursorState.end) return { shown, error: undefined };
      shown.push(versionOf(cursor.entry));
      if (isReverse) cursor.previous();
      else cursor.next();
    }
  } catch (error) {
    return { shown, error };
  }
}

function contentsOf({ bytes, length }: Block): string {
  return Buffer.from(bytes.slice(0, length)).toString('latin1');
}

describe('reading ahead', () => {
  it('a walk over a whole table takes a fraction of its blocks in reads, and shows everything', async () => {
    const { table, cache } = await tableOf(1024 * 1024);
    expect((await walk(table)).shown).toEqual(versions);
    expect(cache.stats().misses).toBeLessThan(table.blockCount / 8);
    expect((await walk(table)).shown).toEqual(versions);
  });

  it.each([0, 300, 2000])('works with a cache of %d bytes', async (cacheBytes) => {
    const { table } = await tableOf(cacheBytes);
    expect((await walk(table)).shown).toEqual(versions);
  });

  it.each([0, 300, 2000, 1024 * 1024])('goes backward too, with a cache of %d bytes', async (cacheBytes) => {
    const { table, cache } = await tableOf(cacheBytes);
    expect((await walk(table, true)).shown).toEqual(versions.toReversed());
    if (cacheBytes > 1000_000) expect(cache.stats().misses).toBeLessThan(table.blockCount / 8);
  });

  it('a seek reads the one block it needs', async () => {
    const { table, cache } = await tableOf(1024 * 1024);
    const cursor = table.cursor();
    for (let i = 0; i < 20; i++) {
      cursor.seek(Buffer.from(versions[(i * 97) % versions.length]!.key, 'latin1'));
      while (cursor.state === CursorState.unloaded) await cursor.load();
    }
    const numbers = Array.from({ length: table.blockCount }, (_, i) => i);
    expect(numbers.filter((number) => table.blocks.cached(number) !== undefined)).toHaveLength(cache.stats().misses);
  });

  it('damage ahead is an error where it is, not before', async () => {
    const { table, files } = await tableOf(1024 * 1024);
    const middle = positionsOf(table)[table.blockCount >> 1]!;
    files.inject(Fault.flip({ path: /\.data$/ }, middle + 3));
    const { shown, error } = await walk(table);
    expect(error).toMatchObject({ code: 'CORRUPTION', data: { offset: middle } });
    expect(shown).toEqual(versions.slice(0, shown.length));
    // It came as far as it can: behind the last entry shown is the damaged block.
    const cursor = table.cursor();
    cursor.seek(Buffer.from(shown.at(-1)!.key, 'latin1'));
    cursor.loadSync();
    while (cursor.state === CursorState.ready) cursor.next();
    expect(() => cursor.loadSync()).toThrow('checksum');
  });

  it.each([20, -20])('a block that a blocking read has fetched meanwhile outlives the run of %d', async (readAhead) => {
    const { table } = await tableOf(2000);
    const number = table.blockCount >> 1;
    const loading = new Promise<string>((resolve, reject) => {
      table.blocks.load(runOf(table, number, readAhead), {
        loaded: (block) => resolve(contentsOf(block)),
        failed: reject,
      });
    });
    const fetched = table.blocks.readSync(runOf(table, number));
    const expected = contentsOf(fetched);
    // In the cache, and held by nobody.
    fetched.release();
    expect(await loading).toBe(expected);
  });

  it('two walks at once, and reads between them, share what is loaded', async () => {
    const { table } = await tableOf(1024 * 1024);
    const numbers = Array.from({ length: table.blockCount }, (_, i) => (i * 37) % table.blockCount);
    const [one, other] = await Promise.all([
      walk(table),
      walk(table),
      ...numbers.map((number) => loadBlock(table, number)),
    ]);
    expect(one.shown).toEqual(versions);
    expect(other.shown).toEqual(versions);
  });
});
