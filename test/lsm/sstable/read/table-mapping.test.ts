import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../../src/env/simulated/faulty-file-system.js';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { takeValue } from '../../../../src/lsm/entry.js';
import { CursorState, type Cursor } from '../../../../src/lsm/iterator/cursor.js';
import { HandOut } from '../../../../src/lsm/iterator/walk.js';
import { BLOCK_TRAILER_BYTES } from '../../../../src/lsm/sstable/block/block-format.js';
import { FindState } from '../../../../src/lsm/sstable/read/find-state.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../../src/lsm/sstable/verify-table.js';
import { toFileNumber } from '../../../../src/base/numbers.js';
import { bytesOf, put, randomVersions, seeded, versionOf, type Version } from '../../support/model.js';
import { findInMemory, findSync, loadBlock, runOf } from '../../support/point-reads.js';
import {
  DATA_PATH,
  DIRECTORY,
  NUMBER,
  positionsOf,
  smallBlocks,
  writeTable,
  type TableShape,
} from '../../support/tables.js';

const versions = randomVersions(seeded(31), 2000, 1500);
const MAPPED_BYTES_MAX = 1024 * 1024;
/** A length of blocks whose memory the cache uses again as it is. */
const POOLED_BYTES = 512;
/** What the simulation leaves of a mapping. */
const AFTER_CLOSE = 0xdb;
const oneEntryBlocks: TableShape = { ...smallBlocks, blockBytes: 1 };

interface Circumstances extends Partial<TableShape> {
  readonly cacheBytes?: number;
  readonly mappedBytesMax?: number;
  readonly faults?: readonly Fault[];
}

/** A table that reads of files do not answer at once: without its mapping nothing is found in memory. */
async function tableOf(circumstances: Circumstances = {}) {
  const { cacheBytes = 1024 * 1024, mappedBytesMax = MAPPED_BYTES_MAX, faults = [], ...shape } = circumstances;
  const fileSystem = new CrashableFileSystem(() => false);
  await fileSystem.makeDirectory(DIRECTORY);
  writeTable(fileSystem, versions, { ...smallBlocks, ...shape });
  const files = new FaultyFileSystem(fileSystem, faults);
  const cache = new BlockCache(cacheBytes, mappedBytesMax);
  return { table: await Table.open(files, DIRECTORY, NUMBER, cache), cache, files };
}

/** Entries of which all but the first fill a block of `POOLED_BYTES`. */
async function pooledVersions(): Promise<Version[]> {
  for (let valueBytes = POOLED_BYTES; valueBytes > 0; valueBytes--) {
    const alike = Array.from({ length: 64 }, (_, i) => put(`key${100 + i}`, 1, 'v'.repeat(valueBytes)));
    const fileSystem = new CrashableFileSystem();
    await fileSystem.makeDirectory(DIRECTORY);
    writeTable(fileSystem, alike, oneEntryBlocks);
    const table = await Table.open(fileSystem, DIRECTORY, NUMBER, new BlockCache(1024 * 1024));
    const [, second, third] = positionsOf(table);
    if (third! - second! === POOLED_BYTES) return alike;
  }
  throw new Error('no value makes such a block');
}

function readFirst(table: Table, count: number): void {
  for (let number = 0; number < count; number++) table.blocks.readSync(runOf(table, number)).release();
}

/** Misses as many blocks as it takes, and waits for the mapping. */
async function mapTable(table: Table): Promise<void> {
  readFirst(table, Math.ceil(table.blockCount / 8));
  await loadBlock(table, table.blockCount - 1);
}

async function mappedTable(circumstances: Circumstances = {}) {
  const made = await tableOf(circumstances);
  await mapTable(made.table);
  return made;
}

/** From now on, what is read fails. */
function failReads(files: FaultyFileSystem): void {
  files.inject(Fault.fail({ operation: 'read', path: /\.data$/ }));
}

async function walk(cursor: Cursor, isReverse = false): Promise<Version[]> {
  const shown: Version[] = [];
  if (isReverse) cursor.seekToLast();
  else cursor.seekToFirst();
  for (;;) {
    if (cursor.state === CursorState.unloaded) await cursor.load();
    if (cursor.state !== CursorState.ready) break;
    shown.push(versionOf(cursor.entry));
    if (isReverse) cursor.previous();
    else cursor.next();
  }
  cursor.close();
  return shown;
}

describe('when a table is mapped', () => {
  it('once an eighth of its blocks was missed', async () => {
    const { table, cache } = await tableOf();
    readFirst(table, Math.ceil(table.blockCount / 8) - 1);
    expect(cache.stats()).toMatchObject({ mappedBytes: 0, mappedBytesMax: MAPPED_BYTES_MAX });
    await mapTable(table);
    expect(cache.stats().mappedBytes).toBe(table.summary.dataBytes);
  });

  it('not beyond the budget, and later when there is room', async () => {
    const { table, cache } = await tableOf({ mappedBytesMax: 200_000, cacheBytes: 0 });
    const { dataBytes } = table.summary;
    expect(cache.mappings.take(200_000 - dataBytes + 1)).toBe(true);
    await mapTable(table);
    expect(cache.mappings.bytes).toBe(200_000 - dataBytes + 1);
    cache.mappings.give(200_000 - dataBytes + 1);
    await mapTable(table);
    expect(cache.mappings.bytes).toBe(dataBytes);
  });

  it('until it is closed', async () => {
    const { table, cache } = await mappedTable();
    const { bytes } = table.blocks.readSync(runOf(table, table.blockCount - 2));
    expect(bytes.every((byte) => byte === AFTER_CLOSE)).toBe(false);
    table.closeSync();
    expect(cache.mappings.bytes).toBe(0);
    expect(bytes.every((byte) => byte === AFTER_CLOSE)).toBe(true);
  });

  it('not when it is closed before', async () => {
    const { table, cache } = await tableOf();
    readFirst(table, Math.ceil(table.blockCount / 8));
    expect(cache.mappings.bytes).toBeGreaterThan(0);
    table.closeSync();
    await new Promise(setImmediate);
    expect(cache.mappings.bytes).toBe(0);
  });

  it('not when that fails, which no read is told', async () => {
    const { table, cache } = await mappedTable({ faults: [Fault.fail({ operation: 'map' })] });
    expect(cache.mappings.bytes).toBe(0);
    expect(await walk(table.cursor())).toEqual(versions);
  });
});

describe('a mapped table', () => {
  it.each([
    { compression: 'none' as const, cacheBytes: 1024 * 1024 },
    { compression: 'fast' as const, cacheBytes: 1024 * 1024 },
    { compression: 'none' as const, cacheBytes: 0 },
    { compression: 'fast' as const, cacheBytes: 0 },
  ])('shows everything, and reads nothing: %j', async (circumstances) => {
    const { table, files } = await mappedTable({ indexPageBlocks: 64, ...circumstances });
    failReads(files);
    for (let round = 0; round < 3; round++) {
      for (const version of versions) {
        expect(findSync(table, bytesOf(version.key), version.sequence)).toEqual(version);
      }
    }
    expect(await walk(table.cursor())).toEqual(versions);
    expect(await walk(table.cursor(), true)).toEqual(versions.toReversed());
    const handOut = new HandOut();
    handOut.count = 1;
    expect(await walk(table.cursor({ start: undefined, end: undefined, handOut }))).toEqual(versions);
  });

  it('answers from memory what no cache holds', async () => {
    const { table } = await mappedTable({ indexPageBlocks: 1000 });
    for (const { key, sequence } of versions) {
      expect(findInMemory(table, bytesOf(key), sequence)).toBe(FindState.found);
    }
  });

  it('gives the first block of a run that was made before', async () => {
    const { table } = await tableOf({ indexPageBlocks: 1000 });
    const number = table.blockCount - 8;
    const run = runOf(table, number, 5);
    await mapTable(table);
    const block = table.blocks.readNow(run)!;
    const [start, end] = positionsOf(table).slice(number);
    expect(block.bytes).toHaveLength(end! - start! - BLOCK_TRAILER_BYTES);
    block.release();
  });

  it('keeps its bytes, whatever is read besides', async () => {
    // Blocks as long as the memory that is used again and again.
    const alike = await pooledVersions();
    const fileSystem = new CrashableFileSystem(() => false);
    await fileSystem.makeDirectory(DIRECTORY);
    const cache = new BlockCache(0, 100 * POOLED_BYTES);
    const tables = [];
    for (const number of [NUMBER, toFileNumber(NUMBER + 1)]) {
      writeTable(fileSystem, alike, oneEntryBlocks, number);
      tables.push(await Table.open(fileSystem, DIRECTORY, number, cache));
    }
    for (const table of tables) await mapTable(table);
    // One of them has found no room.
    expect(cache.mappings.bytes).toBe(tables[0]!.summary.dataBytes);
    for (const table of tables) readFirst(table, 64);
    for (const table of tables) expect(await walk(table.cursor())).toEqual(alike);
  });

  it('costs the cache nothing', async () => {
    const { table, cache } = await mappedTable({ blockBytes: 4096, indexPageBlocks: 1000 });
    const before = cache.bytes;
    await walk(table.cursor());
    readFirst(table, table.blockCount);
    for (const { key, sequence } of versions) findSync(table, bytesOf(key), sequence);
    expect(cache.bytes).toBe(before);
  });

  it('is checked block by block, each once', async () => {
    const { table, cache } = await mappedTable({ indexPageBlocks: 1000, cacheBytes: 0 });
    for (const { key, sequence } of versions) findSync(table, bytesOf(key), sequence);
    const { misses } = cache.stats();
    for (const { key, sequence } of versions) findSync(table, bytesOf(key), sequence);
    await walk(table.cursor());
    expect(cache.stats().misses).toBe(misses);
  });

  it('hands out values that stay as they are when it is closed', async () => {
    const { table } = await mappedTable({ indexPageBlocks: 64 });
    const handOut = new HandOut();
    const cursor = table.cursor({ start: undefined, end: undefined, handOut });
    const taken: Uint8Array[] = [];
    cursor.seekToFirst();
    for (;;) {
      if (cursor.state === CursorState.unloaded) await cursor.load();
      if (cursor.state !== CursorState.ready) break;
      handOut.count++;
      taken.push(takeValue(cursor.entry));
      cursor.next();
    }
    cursor.close();
    table.closeSync();
    expect(taken.map((value) => Buffer.from(value).toString('latin1'))).toEqual(versions.map(({ value }) => value));
  });

  it.each([0, MAPPED_BYTES_MAX])('is verified by what is in the file, with %i bytes mapped', async (mappedBytesMax) => {
    const { table, files } = await mappedTable({ mappedBytesMax });
    for (let number = 0; number < table.blockCount; number++) table.blocks.readSync(runOf(table, number)).release();
    expect(await verifyTable(table)).toBe(versions.length);
    const position = positionsOf(table).at(-3)!;
    files.inject(Fault.flip({ operation: 'read', path: /\.data$/ }, position + 5));
    await expect(verifyTable(table)).rejects.toMatchObject({ code: 'CORRUPTION', data: { offset: position } });
  });

  it.each(['none', 'fast'] as const)('says where it is damaged, compression %s', async (compression) => {
    const undamaged = await tableOf({ compression });
    const position = positionsOf(undamaged.table).at(-3)!;
    const { table } = await mappedTable({
      compression,
      faults: [Fault.flip({ operation: 'map', path: /\.data$/ }, position + 5)],
    });
    const damaged = table.blockCount - 2;
    const corruption = expect.objectContaining({
      code: 'CORRUPTION',
      data: expect.objectContaining({ file: DATA_PATH, offset: position }) as unknown,
    }) as Error;
    expect(() => table.blocks.readSync(runOf(table, damaged))).toThrow(corruption);
    await expect(loadBlock(table, damaged)).rejects.toEqual(corruption);
    await expect(walk(table.cursor())).rejects.toEqual(corruption);
    readFirst(table, damaged);
  });
});
