import { describe, expect, it } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { Operation } from '../../../src/lsm/entry.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { FindState } from '../../../src/lsm/sstable/read/find-state.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../src/lsm/sstable/verify-table.js';
import {
  ArrayCursor,
  bytesOf,
  everything,
  firstDifference,
  put,
  randomKey,
  randomVersions,
  seeded,
  type Version,
} from '../support/model.js';
import { findInMemory, findLoading, findSync as findInTableSync, loadBlock } from '../support/point-reads.js';
import { DIRECTORY, newFileSystem, NUMBER, smallBlocks, writeTable, type TableShape } from '../support/tables.js';

const LATEST = Number.MAX_SAFE_INTEGER;

async function tableOf(
  versions: readonly Version[],
  options = smallBlocks,
  cache = new BlockCache(1024 * 1024),
): Promise<{ table: Table; fileSystem: FileSystem; cache: BlockCache }> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, options);
  return { table: Table.openSync(fileSystem, DIRECTORY, NUMBER, cache), fileSystem, cache };
}

function findSync(table: Table, key: string, atSequence: number): Version | undefined {
  return findInTableSync(table, bytesOf(key), atSequence);
}

const layouts: readonly TableShape[] = [
  smallBlocks,
  { ...smallBlocks, compression: 'fast' },
  { ...smallBlocks, compression: 'small' },
  { blockBytes: 1, blockRestartInterval: 1, bloomBitsPerKey: 1, indexPageBlocks: 2, compression: 'none' },
  { blockBytes: 4096, blockRestartInterval: 16, bloomBitsPerKey: 10, indexPageBlocks: 64, compression: 'none' },
  { blockBytes: 100, blockRestartInterval: 1000, bloomBitsPerKey: 0, indexPageBlocks: 1, compression: 'none' },
];
const layoutName =
  'a table with $blockBytes-byte blocks, a restart every $blockRestartInterval, compression $compression';

describe.each(layouts)(layoutName, (options) => {
  it.each([1, 2, 3])('finds what a list of versions holds (seed %d)', async (seed) => {
    const versions = randomVersions(seeded(seed), 1500, 200);
    const { table } = await tableOf(versions, options);
    const random = seeded(seed + 7);
    for (let i = 0; i < 1500; i++) {
      const key = random(3) === 0 ? randomKey(random, 2000) : versions[random(versions.length)]!.key;
      const atSequence = random(1600);
      const expected = versions.find((version) => version.key === key && version.sequence <= atSequence);
      expect(findSync(table, key, atSequence)).toEqual(expected);
    }
  });

  it.each([1, 2, 3])('steps as a list of versions does, forward, backward and turning (seed %d)', async (seed) => {
    const versions = randomVersions(seeded(seed), 800, 500);
    const { table } = await tableOf(versions, options);
    const cursor = table.cursor();
    expect(everything(cursor)).toEqual(versions);
    const keys = [...versions.map(({ key }) => key), '', 'absent', '\xff'.repeat(50)];
    expect(firstDifference(cursor, new ArrayCursor(versions), seeded(seed), 4000, keys)).toBeUndefined();
  });

  it('passes its own verification and knows its summary', async () => {
    const versions = randomVersions(seeded(5), 1000, 400);
    const fileSystem = await newFileSystem();
    const summary = writeTable(fileSystem, versions, options);
    const table = await Table.open(fileSystem, DIRECTORY, NUMBER, new BlockCache(0));
    expect(await verifyTable(table)).toBe(1000);
    expect({ ...table.summary, firstKey: undefined, lastKey: undefined }).toEqual({
      ...summary,
      decay: undefined,
      firstKey: undefined,
      lastKey: undefined,
    });
    for (const { firstKey, lastKey } of [summary, table.summary]) {
      expect(Buffer.from(firstKey).toString('latin1')).toBe(versions[0]!.key);
      expect(Buffer.from(lastKey).toString('latin1')).toBe(versions.at(-1)!.key);
    }
    expect(summary).toMatchObject({
      entryCount: 1000,
      tombstoneCount: versions.filter(({ operation }) => operation === Operation.delete).length,
      rawBytes: versions.reduce((sum, { key, value }) => sum + key.length + value.length, 0),
      minSequence: 1,
      maxSequence: 1000,
      oldestExpiryMs: Math.min(...versions.map(({ expiresAtMs }) => expiresAtMs).filter((ms) => ms > 0)),
      dataBytes: await fileSystem.sizeOf(`${DIRECTORY}/000007.data`),
      indexBytes: await fileSystem.sizeOf(`${DIRECTORY}/000007.index`),
    });
  });
});

describe('a table', () => {
  it('answers from memory, or says that it must load', async () => {
    const versions = randomVersions(seeded(3), 500);
    const { table, cache } = await tableOf(versions);
    const wanted = versions[250]!;
    const key = bytesOf(wanted.key);
    expect(findInMemory(table, key, LATEST)).toBe(FindState.unloaded);
    expect(await findLoading(table, key, wanted.sequence)).toEqual(wanted);
    expect(findInMemory(table, key, wanted.sequence)).toBe(FindState.found);
    const misses = cache.stats().misses;
    expect(misses).toBeGreaterThan(0);
    expect(cache.stats().hits).toBe(1);
  });

  it('denies most absent keys without reading a block', async () => {
    const { table, cache } = await tableOf(Array.from({ length: 2000 }, (_, i) => put(`key${10_000 + i}`, i + 1)));
    for (let i = 0; i < 2000; i++) findSync(table, `key${10_000 + (i % 1000)}x${i}`, LATEST);
    expect(cache.stats().misses + cache.stats().hits).toBeLessThan(60);
  });

  it('versions of one key may fill many blocks', async () => {
    const versions = [put('a', 1000), ...Array.from({ length: 900 }, (_, i) => put('b', 900 - i)), put('c', 1001)];
    const { table } = await tableOf(versions);
    expect(table.blockCount).toBeGreaterThan(20);
    for (const sequence of [1, 2, 450, 899, 900, 5000]) {
      expect(findSync(table, 'b', sequence)?.sequence).toBe(Math.min(sequence, 900));
    }
    expect(findSync(table, 'b', 0)).toBeUndefined();
    expect(findSync(table, 'c', LATEST)?.sequence).toBe(1001);
  });

  it.each([0, 1, 127, 128, 4000, 70_000, 3 * 1024 * 1024])('keeps values of %d bytes', async (length) => {
    const versions = [put('a', 1), put('b', 2, 'x'.repeat(length)), put('c', 3)];
    const { table } = await tableOf(versions);
    expect(findSync(table, 'b', 9)?.value).toHaveLength(length);
    expect(everything(table.cursor())).toEqual(versions);
  });

  it('keeps keys of any length and bytes', async () => {
    const versions = ['', '\0', '\0\0', 'a', 'a\0', 'k'.repeat(5000), `${'k'.repeat(5000)}l`, '\xff'].map((key, i) =>
      put(key, i + 1),
    );
    const { table } = await tableOf(versions);
    expect(everything(table.cursor())).toEqual(versions);
    for (const version of versions) expect(findSync(table, version.key, 99)).toEqual(version);
  });

  it('keeps numbers that are far from those of its first entry', async () => {
    const versions = [
      { ...put('a', 2 ** 40), epoch: 2 ** 35, writtenAtMs: 2 ** 42 },
      { ...put('b', 1), epoch: 0, writtenAtMs: 0, expiresAtMs: 1 },
      { ...put('c', LATEST), epoch: LATEST, writtenAtMs: LATEST, expiresAtMs: LATEST },
    ];
    expect(everything((await tableOf(versions)).table.cursor())).toEqual(versions);
  });

  it('works with a cache that holds nothing', async () => {
    const versions = randomVersions(seeded(2), 500);
    const { table, cache } = await tableOf(versions, smallBlocks, new BlockCache(0));
    expect(everything(table.cursor())).toEqual(versions);
    expect(await findLoading(table, bytesOf(versions[9]!.key), LATEST)).toBeDefined();
    expect(cache.stats().bytes).toBe(0);
  });

  it('a cursor closed while a block is being loaded stays at its end', async () => {
    const { table } = await tableOf([put('a', 1)]);
    const cursor = table.cursor();
    cursor.seekToFirst();
    const loading = cursor.load();
    cursor.close();
    await loading;
    expect(cursor.state).toBe(CursorState.end);
  });

  it('loads of one block that overlap share one read', async () => {
    const versions = randomVersions(seeded(2), 300);
    const { table, cache } = await tableOf(versions);
    const blocks = await Promise.all([loadBlock(table, 1), loadBlock(table, 1), loadBlock(table, 1)]);
    expect(new Set(blocks).size).toBe(1);
    expect(cache.stats().misses).toBe(1);
  });

  it('under another number is refused', async () => {
    const { fileSystem } = await tableOf([put('a', 1)]);
    fileSystem.renameSync(`${DIRECTORY}/000007.data`, `${DIRECTORY}/000008.data`);
    fileSystem.renameSync(`${DIRECTORY}/000007.index`, `${DIRECTORY}/000008.index`);
    await expect(Table.open(fileSystem, DIRECTORY, toFileNumber(8), new BlockCache(0))).rejects.toMatchObject({
      code: 'CORRUPTION',
    });
  });
});
