import { describe, expect, it } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { TableCache } from '../../../src/lsm/cache/table-cache.js';
import type { TableHandle } from '../../../src/lsm/cache/table-handle.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { FindState } from '../../../src/lsm/sstable/read/find-state.js';
import { bytesOf, everything, firstDifference, ArrayCursor, put, randomVersions, seeded } from '../support/model.js';
import { HandleReader } from '../support/point-reads.js';
import { DIRECTORY, newFileSystem, smallBlocks, writeTable } from '../support/tables.js';

const KEY = bytesOf('k');

async function handles(
  count: number,
  { openTablesMax = 3, cacheBytes = 1 << 20 } = {},
): Promise<{ cache: TableCache; blockCache: BlockCache; tables: TableHandle[]; opens: () => number }> {
  const fileSystem = await newFileSystem();
  for (let n = 1; n <= count; n++) writeTable(fileSystem, [put('k', n)], smallBlocks, toFileNumber(n));
  let opens = 0;
  const noteOpening = (path: string): void => {
    if (path.endsWith('.data')) opens++;
  };
  const counting = Object.create(fileSystem, {
    openReader: { value: (path: string) => (noteOpening(path), fileSystem.openReader(path)) },
    openReaderSync: { value: (path: string) => (noteOpening(path), fileSystem.openReaderSync(path)) },
    readFile: { value: (path: string) => fileSystem.readFile(path) },
    readFileSync: { value: (path: string) => fileSystem.readFileSync(path) },
  }) as typeof fileSystem;
  const blockCache = new BlockCache(cacheBytes);
  const cache = new TableCache({ fileSystem: counting, blockCache, openTablesMax });
  const tables = Array.from({ length: count }, (_, i) => cache.handle(DIRECTORY, toFileNumber(i + 1)));
  return { cache, blockCache, tables, opens: () => opens };
}

describe('the table cache', () => {
  it('opens a table by the first read that needs it', async () => {
    const { tables, opens } = await handles(1);
    expect(opens()).toBe(0);
    const reader = new HandleReader(tables[0]!, KEY);
    expect(reader.find()).toBe(FindState.unloaded);
    expect(await reader.findLoading()).toBe(1);
    expect(reader.find()).toBe(FindState.found);
    expect(opens()).toBe(1);
  });

  it('keeps no more open than allowed', async () => {
    const { cache, tables } = await handles(10);
    for (const table of [...tables, ...tables]) {
      expect(new HandleReader(table, KEY).findSync()).toBe(true);
      expect(cache.openCount).toBeLessThanOrEqual(3);
    }
  });

  it('keeps open the one that is used again and again', async () => {
    const { tables, opens } = await handles(10);
    for (const table of tables) {
      new HandleReader(tables[0]!, KEY).findSync();
      new HandleReader(table, KEY).findSync();
    }
    expect(opens()).toBe(10);
  });

  it('does not close a table under a cursor, and closes it afterwards', async () => {
    const { cache, tables } = await handles(10);
    const cursors = tables.map((table) => table.cursor());
    for (const cursor of cursors) {
      cursor.seekToFirst();
      cursor.loadSync();
    }
    expect(cache.openCount).toBe(10);
    cursors.forEach((cursor, i) => {
      expect(cursor.state).toBe(CursorState.ready);
      expect(cursor.entry.sequence).toBe(i + 1);
      cursor.close();
    });
    tables[0]!.retire();
    new HandleReader(tables[0]!, KEY).findSync();
    expect(cache.openCount).toBe(3);
  });

  it('keeps a table under a cursor open though its index does not fit the block cache', async () => {
    const { cache, tables } = await handles(4, { openTablesMax: 100, cacheBytes: 0 });
    const cursor = tables[0]!.cursor();
    cursor.seekToFirst();
    cursor.loadSync();
    for (const table of tables.slice(1)) new HandleReader(table, KEY).findSync();
    expect(tables[0]!.table).toBeDefined();
    cursor.close();
    new HandleReader(tables[1]!, KEY).findSync();
    expect(tables[0]!.table).toBeUndefined();
    expect(cache.openCount).toBe(1);
  });

  it('keeps a table open from the making of a cursor over it to the end of what that loads', async () => {
    const { tables } = await handles(1);
    const table = tables[0]!;
    table.use();
    await table.open();
    table.release();
    const cursor = table.cursor();
    expect(table.isInUse).toBe(true);
    cursor.seekToFirst();
    const loading = cursor.load();
    cursor.close();
    expect(table.isInUse).toBe(true);
    await loading;
    expect(cursor.state).toBe(CursorState.end);
    expect(table.isInUse).toBe(false);
  });

  it('closes tables whose indexes no longer fit the block cache', async () => {
    const { cache, blockCache, tables } = await handles(10, { openTablesMax: 100, cacheBytes: 1000 });
    for (const table of tables) new HandleReader(table, KEY).findSync();
    expect(cache.openCount).toBeLessThan(10);
    expect(blockCache.stats().bytes).toBeLessThanOrEqual(1000);
  });

  it('is read right when nothing fits the block cache', async () => {
    const { tables } = await handles(3, { cacheBytes: 0 });
    for (const table of [...tables, ...tables]) {
      expect(await new HandleReader(table, KEY).findLoading()).toBeDefined();
      expect(everything(table.cursor())).toHaveLength(1);
    }
  });

  it('overlapping reads open a table once', async () => {
    const { tables, opens } = await handles(1);
    const found = await Promise.all([1, 2, 3].map(() => new HandleReader(tables[0]!, KEY).findLoading()));
    expect(found).toEqual([1, 1, 1]);
    expect(opens()).toBe(1);
  });

  it('a synchronous read may overtake an opening', async () => {
    const { cache, tables } = await handles(1);
    const loading = new HandleReader(tables[0]!, KEY).findLoading();
    expect(new HandleReader(tables[0]!, KEY).findSync()).toBe(true);
    expect(await loading).toBe(1);
    expect(cache.openCount).toBe(1);
  });

  it('a failed opening is reported and may be tried again', async () => {
    const { cache } = await handles(1);
    const absent = cache.handle(DIRECTORY, toFileNumber(99));
    for (let i = 0; i < 2; i++) {
      await expect(new HandleReader(absent, KEY).findLoading()).rejects.toMatchObject({ code: 'IO' });
      expect(() => new HandleReader(absent, KEY).findSync()).toThrow();
    }
    expect(absent.isInUse).toBe(false);
  });

  it('a cursor may be closed while its table is being opened', async () => {
    const { tables } = await handles(1);
    const cursor = tables[0]!.cursor();
    cursor.seekToFirst();
    const loading = cursor.load();
    cursor.close();
    await loading;
    expect(cursor.state).toBe(CursorState.end);
    expect(tables[0]!.isInUse).toBe(false);
  });

  it('retiring forgets the blocks of a table, closing those of all', async () => {
    const { cache, blockCache, tables } = await handles(3);
    for (const table of tables) new HandleReader(table, KEY).findSync();
    tables[0]!.retire();
    expect(cache.openCount).toBe(2);
    cache.close();
    expect(cache.openCount).toBe(0);
    expect(blockCache.stats().bytes).toBe(0);
  });

  it('a cursor over a table not yet open steps as any other', async () => {
    const versions = randomVersions(seeded(6), 400, 150);
    const fileSystem = await newFileSystem();
    writeTable(fileSystem, versions);
    const cache = new TableCache({ fileSystem, blockCache: new BlockCache(2000), openTablesMax: 1 });
    const keys = versions.map(({ key }) => key);
    for (let seed = 0; seed < 5; seed++) {
      const cursor = cache.handle(DIRECTORY, toFileNumber(7)).cursor();
      expect(firstDifference(cursor, new ArrayCursor(versions), seeded(seed), 1000, keys)).toBeUndefined();
      cursor.close();
    }
  });

  it('verifies a table', async () => {
    const { tables } = await handles(1);
    expect(await tables[0]!.verify()).toBe(1);
  });
});
