import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../../src/base/bytes.js';
import { hashKey } from '../../../../src/base/hash.js';
import { FaultyFileSystem } from '../../../../src/env/simulated/faulty-file-system.js';
import { Fault } from '../../../../src/env/simulated/faults.js';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { CursorState } from '../../../../src/lsm/iterator/cursor.js';
import { FindState } from '../../../../src/lsm/sstable/read/find-state.js';
import { heldPage } from '../../../../src/lsm/sstable/read/held-page.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../../src/lsm/sstable/verify-table.js';
import { bytesOf, everything, put, randomVersions, seeded, versionOf, type Version } from '../../support/model.js';
import { findInMemory, findLoading, findSync, loadBlock, runOf } from '../../support/point-reads.js';
import { DIRECTORY, INDEX_PATH, newFileSystem, NUMBER, smallBlocks, writeTable } from '../../support/tables.js';

const versions = randomVersions(seeded(8), 1200, 700);

async function tableOf(
  written: readonly Version[],
  { cacheBytes = 1 << 20, indexPageBlocks = 3, blockBytes = 300 } = {},
): Promise<{ table: Table; cache: BlockCache; files: FaultyFileSystem }> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, written, { ...smallBlocks, indexPageBlocks, blockBytes });
  const files = new FaultyFileSystem(fileSystem);
  const cache = new BlockCache(cacheBytes);
  return { table: await Table.open(files, DIRECTORY, NUMBER, cache), cache, files };
}

/** Takes all memory that the cache's pool has to give, and writes over it. */
function overwritePool(cache: BlockCache): void {
  for (let length = 1; length < 8192; length += 512) {
    for (let i = 0; i < 4; i++) cache.takeBuffer(length).fill(0xee);
  }
}

describe('the index pages of a table', () => {
  it('are not read when the table is opened', async () => {
    const { cache, table } = await tableOf(versions);
    expect(cache.stats()).toMatchObject({ indexReads: 0, bytes: 0 });
    expect(table.index.root.childCount).toBe(Math.ceil(table.blockCount / 3));
    expect(table.memoryBytes).toBeLessThan(table.index.byteLength);
  });

  it('are read as looks need them, each once', async () => {
    const { cache, table } = await tableOf(versions);
    for (const { key, sequence } of versions) findSync(table, bytesOf(key), sequence);
    expect(cache.stats().indexReads).toBe(table.index.root.childCount);
  });

  it('whose loads overlap share one read', async () => {
    const { cache, table } = await tableOf(versions);
    const pages = await Promise.all([heldPage(table, 1), heldPage(table, 1), heldPage(table, 1)]);
    expect(new Set(pages).size).toBe(1);
    expect(cache.stats().indexReads).toBe(1);
  });

  it('that a blocking read has fetched meanwhile are handed to who waits', async () => {
    const { table } = await tableOf(versions);
    const loading = heldPage(table, 2);
    const fetched = table.pages.readSync(2);
    const loaded = await loading;
    expect(loaded).toBe(fetched);
    // Each has a hold of its own.
    fetched.release();
    loaded.release();
  });

  it('that nobody holds any more give their memory to the next', async () => {
    const { cache, table } = await tableOf(versions, { cacheBytes: 0 });
    const page = await heldPage(table, 2);
    const { bytes } = page;
    expect(cache.takeBuffer(bytes.length)).not.toBe(bytes);
    page.release();
    expect(cache.takeBuffer(bytes.length)).toBe(bytes);
  });

  it('are not needed for blocks that are in memory', async () => {
    const { cache, table } = await tableOf(versions);
    for (let number = 0; number < table.blockCount; number++) await loadBlock(table, number);
    for (let number = 0; number < table.index.root.childCount; number++) {
      const page = table.pages.cached(number)!;
      cache.remove(page);
      page.evict();
    }
    overwritePool(cache);
    const { indexReads } = cache.stats();
    expect(everything(table.cursor())).toEqual(versions);
    expect(cache.stats().indexReads).toBe(indexReads);
  });

  it('stay as they are under a cursor, though the cache drops them', async () => {
    const { cache, table } = await tableOf(versions, { cacheBytes: 0 });
    const cursor = table.cursor({ start: undefined, end: bytesOf(versions.at(-1)!.key) });
    const shown: Version[] = [];
    cursor.seek(bytesOf(versions[0]!.key));
    for (;;) {
      overwritePool(cache);
      if (cursor.state === CursorState.unloaded) await cursor.load();
      if (cursor.state === CursorState.end) break;
      overwritePool(cache);
      shown.push(versionOf(cursor.entry));
      cursor.next();
    }
    cursor.close();
    expect(shown.filter(({ key }) => key !== versions.at(-1)!.key)).toEqual(
      versions.filter(({ key }) => key !== versions.at(-1)!.key),
    );
    expect(cache.stats().bytes).toBe(0);
  });

  it('stay as they are while a run of blocks is loaded by them, though the cursor is closed', async () => {
    const { cache, table } = await tableOf(versions, { cacheBytes: 0, indexPageBlocks: 64 });
    const page = table.pages.readSync(0);
    const run = table.blocks.run(page, 0, 20);
    const loading = new Promise<void>((resolve, reject) => {
      table.blocks.load(run, { loaded: () => resolve(), failed: reject });
    });
    page.release();
    overwritePool(cache);
    await loading;
    expect(await verifyTable(table)).toBe(versions.length);
  });

  it('of which a look asks for one may go again before it asks for the block', async () => {
    const { table } = await tableOf(versions, { cacheBytes: 0 });
    for (const version of versions.filter((_, i) => i % 7 === 0)) {
      expect(findInMemory(table, bytesOf(version.key), version.sequence)).toBe(FindState.unloaded);
      expect(await findLoading(table, bytesOf(version.key), version.sequence)).toEqual(version);
      expect(findSync(table, bytesOf(version.key), version.sequence)).toEqual(version);
    }
  });

  it('of a key whose versions go on from page to page all have it in their filters', async () => {
    const row = [put('a', 5000), ...Array.from({ length: 300 }, (_, i) => put('b', 300 - i)), put('c', 6000)];
    const { table } = await tableOf(row, { indexPageBlocks: 1 });
    expect(table.index.root.childCount).toBeGreaterThan(10);
    expect(await verifyTable(table)).toBe(row.length);
    for (let number = 1; number < table.index.root.childCount - 1; number++) {
      expect(table.pages.readSync(number).mayContain(hashKey(bytesOf('b')))).toBe(true);
    }
    for (const sequence of [1, 150, 299, 300]) {
      expect(findSync(table, bytesOf('b'), sequence)?.sequence).toBe(sequence);
      expect((await findLoading(table, bytesOf('b'), sequence))?.sequence).toBe(sequence);
    }
    expect(findSync(table, bytesOf('b'), 0)).toBeUndefined();
  });

  it.each([1, 2, 5, 6, 7])('cover all blocks, %d of them', async (blockCount) => {
    const row = Array.from({ length: blockCount }, (_, i) => put(`k${i}`, i + 1));
    const { table } = await tableOf(row, { blockBytes: 1, indexPageBlocks: 3 });
    expect([table.blockCount, table.index.root.childCount]).toEqual([blockCount, Math.ceil(blockCount / 3)]);
    expect(everything(table.cursor())).toEqual(row);
    for (const version of row) expect(findSync(table, bytesOf(version.key), 99)).toEqual(version);
  });

  it('are not read for a range that lies between two of them, or before or behind all', async () => {
    const row = Array.from({ length: 12 }, (_, i) => put(`user:${10 + i * 5}:profile`, i + 1));
    const { cache, table } = await tableOf(row, { blockBytes: 1, indexPageBlocks: 3 });
    const rangeOf = (start: string, end: string) => ({ start: bytesOf(start), end: bytesOf(end) });
    // The first pages end with 20 and 35.
    for (const range of [rangeOf('user:21', 'user:24'), rangeOf('user:37', 'user:39'), rangeOf('v', 'w')]) {
      const cursor = table.cursor(range);
      cursor.seek(range.start);
      expect(cursor.state).toBe(CursorState.end);
      cursor.close();
    }
    expect(cache.stats().indexReads).toBe(0);
  });

  it('are not read for what lies behind a range, or before it on the way back', async () => {
    const row = Array.from({ length: 12 }, (_, i) => put(`user:${10 + i * 5}:profile`, i + 1));
    const { cache, table } = await tableOf(row, { blockBytes: 1, indexPageBlocks: 3 });
    const range = { start: bytesOf('user:24'), end: bytesOf('user:36') };
    const keysOf = (isForward: boolean): string[] => {
      const cursor = table.cursor(range);
      const keys: string[] = [];
      if (isForward) cursor.seek(range.start);
      else cursor.seekBefore(range.end);
      for (;;) {
        cursor.loadSync();
        if (cursor.state === CursorState.end) break;
        keys.push(versionOf(cursor.entry).key);
        if (isForward) cursor.next();
        else cursor.previous();
      }
      cursor.close();
      return keys;
    };
    const inRange = row
      .map(({ key }) => key)
      .filter((key) => compareBytes(bytesOf(key), range.start) > 0 && key < 'user:36');
    expect(keysOf(true)).toEqual(inRange);
    expect(keysOf(false)).toEqual(inRange.toReversed());
    expect(cache.stats().indexReads).toBe(1);
  });

  it('that cannot be read are read by the next who asks', async () => {
    const { files, table } = await tableOf(versions);
    const { key, sequence } = versions[500]!;
    files.inject(Fault.fail({ operation: 'read', path: /\.index$/, call: 1 }));
    const cursor = table.cursor();
    cursor.seek(bytesOf(key));
    await expect(cursor.load()).rejects.toMatchObject({ code: 'IO', data: { path: INDEX_PATH } });
    await cursor.load();
    expect(versionOf(cursor.entry).key).toBe(key);
    expect(await findLoading(table, bytesOf(key), sequence)).toEqual(versions[500]);
  });

  it('are given back when the table is closed', async () => {
    const { cache, table } = await tableOf(versions);
    for (const { key, sequence } of versions) findSync(table, bytesOf(key), sequence);
    const run = runOf(table, 0);
    expect(cache.stats().bytes).toBeGreaterThan(0);
    table.closeSync();
    expect(cache.stats().bytes).toBe(0);
    expect(() => table.blocks.readSync(run)).toThrow();
  });
});
