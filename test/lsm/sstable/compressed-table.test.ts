import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { NodeFileSystem } from '../../../src/env/node-file-system.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { storedBlocks } from '../../../src/lsm/sstable/stored-blocks.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../src/lsm/sstable/verify-table.js';
import type { Compression } from '../../../src/lsm/tree-options.js';
import { everything, put, seeded, type Version } from '../support/model.js';
import {
  DATA_PATH,
  DIRECTORY,
  newFileSystem,
  NUMBER,
  smallBlocks,
  writeTable,
  positionsOf,
} from '../support/tables.js';

const VERSION_AT = 8;

const document = (i: number): string =>
  JSON.stringify({ id: i, name: `user ${i}`, email: `user-${i}@example.org`, tags: ['reader', 'writer'] });
const documents = Array.from({ length: 300 }, (_, i) => put(`user:${1000 + i}`, 1 + i, document(i)));

const random = seeded(1);
const noise = Array.from({ length: 300 }, (_, i) =>
  put(`key ${1000 + i}`, 1 + i, String.fromCharCode(...Array.from({ length: 100 }, () => random(256)))),
);

async function written(versions: readonly Version[], compression: Compression): Promise<FileSystem> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, { ...smallBlocks, blockBytes: 4096, compression });
  return fileSystem;
}

const open = (fileSystem: FileSystem, cache = new BlockCache(1 << 20)): Table =>
  Table.openSync(fileSystem, DIRECTORY, NUMBER, cache);

/** The codec id of each block, as it stands in the file. */
function codecIds(fileSystem: FileSystem): number[] {
  const bytes = fileSystem.readFileSync(DATA_PATH);
  const [, ...ends] = positionsOf(open(fileSystem));
  return ends.map((end) => bytes[end - 5]!);
}

it('documents take half the space compressed fast, and a third compressed small', async () => {
  const size = async (compression: Compression): Promise<number> =>
    (await written(documents, compression)).readFileSync(DATA_PATH).length;
  const whole = await size('none');
  expect(await size('fast')).toBeLessThan(whole * 0.5);
  expect(await size('small')).toBeLessThan(whole * 0.34);
});

it.each(['fast', 'small'] as const)('what does not become smaller by an eighth is stored as it is: %s', async (how) => {
  const fileSystem = await written(noise, how);
  expect(new Set(codecIds(fileSystem))).toEqual(new Set([0]));
  expect(everything(open(fileSystem).cursor())).toEqual(noise);
});

it('blocks of one table may be stored in different ways', async () => {
  const versions = [...documents, ...noise].sort((a, b) => (a.key < b.key ? -1 : 1));
  const fileSystem = await written(versions, 'fast');
  expect(new Set(codecIds(fileSystem))).toEqual(new Set([0, 1]));
  expect(everything(open(fileSystem).cursor())).toEqual(versions);
  expect(await verifyTable(open(fileSystem))).toBe(600);
});

it('the cache holds blocks decompressed, and counts them so', async () => {
  const cache = new BlockCache(1 << 20);
  const table = open(await written(documents, 'small'), cache);
  everything(table.cursor());
  const { rawBytes, dataBytes } = table.summary;
  expect(cache.stats().bytes).toBeGreaterThan(rawBytes);
  expect(rawBytes).toBeGreaterThan(2 * dataBytes);
});

it('a data file is of the oldest format that has what is in it', async () => {
  for (const [compression, version] of [
    ['none', 3],
    ['fast', 2],
    ['small', 2],
  ] as const) {
    const fileSystem = await written(documents, compression);
    expect(fileSystem.readFileSync(DATA_PATH)[VERSION_AT]).toBe(version);
  }
});

const fixtureVersions = [put('ant', 1, 'a'.repeat(60)), put('bee', 2, 'no two'), put('cow', 3, 'b'.repeat(70))].map(
  (version) => ({ ...version, writtenAtMs: 1_700_000_000_000 }),
);

it.each(['fast', 'small'])('tables that were compressed %s by any earlier version are read', async (compression) => {
  const directory = fileURLToPath(new URL(`../../fixtures/table-compressed-${compression}`, import.meta.url));
  const table = Table.openSync(new NodeFileSystem(), directory, toFileNumber(1), new BlockCache(0));
  expect(everything(table.cursor())).toEqual(fixtureVersions);
  expect(await verifyTable(table)).toBe(3);
  expect(new Set((await storedBlocks(table)).map((stored) => stored.compression))).toEqual(new Set([compression]));
  table.closeSync();
});
