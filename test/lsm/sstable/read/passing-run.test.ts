import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../../src/env/simulated/faulty-file-system.js';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { takeValue, ValuePlace } from '../../../../src/lsm/entry.js';
import { CursorState, type Cursor } from '../../../../src/lsm/iterator/cursor.js';
import { HandOut } from '../../../../src/lsm/iterator/walk.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { randomVersions, seeded, versionOf, type Version } from '../../support/model.js';
import { runOf } from '../../support/point-reads.js';
import { DIRECTORY, NUMBER, positionsOf, smallBlocks, writeTable, type TableShape } from '../../support/tables.js';

const versions = randomVersions(seeded(12), 2000, 1500);
const shape: TableShape = { ...smallBlocks, indexPageBlocks: 64 };
/** Holds far less than a walk reads in one go. */
const CACHE_BYTES = 2000;

/** A table whose files answer at once. */
async function tableOf({ cacheBytes = CACHE_BYTES, ...options }: Partial<TableShape> & { cacheBytes?: number } = {}) {
  const fileSystem = new CrashableFileSystem(() => true);
  await fileSystem.makeDirectory(DIRECTORY);
  writeTable(fileSystem, versions, { ...shape, ...options });
  const files = new FaultyFileSystem(fileSystem);
  const cache = new BlockCache(cacheBytes);
  return { table: await Table.open(files, DIRECTORY, NUMBER, cache), cache, files };
}

function toFirst(cursor: Cursor, isReverse: boolean): void {
  if (isReverse) cursor.seekToLast();
  else cursor.seekToFirst();
}

function step(cursor: Cursor, isReverse: boolean): void {
  if (isReverse) cursor.previous();
  else cursor.next();
}

/** All that files answer at once for: nothing is loaded. */
function walk(cursor: Cursor, isReverse = false, handOut?: HandOut): Version[] {
  const shown: Version[] = [];
  toFirst(cursor, isReverse);
  while (cursor.state === CursorState.ready) {
    shown.push(versionOf(cursor.entry));
    if (handOut !== undefined) handOut.count++;
    step(cursor, isReverse);
  }
  expect(cursor.state).toBe(CursorState.end);
  return shown;
}

function numbersInMemory(table: Table): number[] {
  return Array.from({ length: table.blockCount }, (_, i) => i).filter((i) => table.blocks.cached(i) !== undefined);
}

describe('a long walk past a full cache', () => {
  it.each([
    { handsOut: false, isReverse: false, compression: 'none' as const },
    { handsOut: true, isReverse: false, compression: 'none' as const },
    { handsOut: false, isReverse: true, compression: 'fast' as const },
    { handsOut: true, isReverse: true, compression: 'fast' as const },
  ])('shows everything in a fraction of the reads: %j', async ({ handsOut, isReverse, compression }) => {
    const { table, cache } = await tableOf({ compression });
    const handOut = handsOut ? new HandOut() : undefined;
    const cursor = table.cursor({ start: undefined, end: undefined, handOut });
    expect(walk(cursor, isReverse, handOut)).toEqual(isReverse ? versions.toReversed() : versions);
    expect(cache.stats().misses).toBeLessThan(table.blockCount / 8);
    cursor.close();
  });

  it('leaves in the cache what is there', async () => {
    const { table, cache } = await tableOf({ cacheBytes: 16 * 1024 });
    for (let number = table.blockCount - 1; numbersInMemory(table).length < 20; number--) {
      table.blocks.readSync(runOf(table, number)).release();
    }
    walk(table.cursor());
    const evicted = cache.stats().evictions;
    // What the walk pushes out it does while it is short.
    walk(table.cursor());
    expect(cache.stats().evictions - evicted).toBeLessThan(40);
  });

  it('fills a cache that has room', async () => {
    const { table, cache } = await tableOf({ cacheBytes: 1024 * 1024 });
    expect(walk(table.cursor())).toEqual(versions);
    expect(numbersInMemory(table)).toHaveLength(table.blockCount);
    const { misses } = cache.stats();
    walk(table.cursor());
    expect(cache.stats().misses).toBe(misses);
  });

  it.each([false, true])('hands out values that stay as they are, backward %s', async (isReverse) => {
    const { table } = await tableOf();
    const handOut = new HandOut();
    const cursor = table.cursor({ start: undefined, end: undefined, handOut });
    const taken: Uint8Array[] = [];
    toFirst(cursor, isReverse);
    while (cursor.state === CursorState.ready) {
      handOut.count++;
      taken.push(takeValue(cursor.entry));
      step(cursor, isReverse);
    }
    cursor.close();
    walk(table.cursor());
    const expected = (isReverse ? versions.toReversed() : versions).map(({ value }) => value);
    expect(taken.map((value) => Buffer.from(value).toString('latin1'))).toEqual(expected);
  });

  it('copies a block for its values only where values are handed out', async () => {
    const { table } = await tableOf();
    const handOut = new HandOut();
    const cursor = table.cursor({ start: undefined, end: undefined, handOut });
    const places = { given: 0, lent: 0 };
    cursor.seekToFirst();
    for (let i = 0; cursor.state === CursorState.ready; i++) {
      if (cursor.entry.valuePlace === ValuePlace.own) places.given++;
      else if (i > 1000) places.lent++;
      if (i < 1000) handOut.count++;
      cursor.next();
    }
    expect(places.given).toBeGreaterThan(200);
    // The rest of a block that was copied before, and then none.
    expect(places.given).toBeLessThan(1020);
    expect(places.lent).toBeGreaterThan(versions.length - 1020);
    cursor.close();
  });

  it('and who writes to one of them changes nothing that anybody else sees', async () => {
    const { table } = await tableOf();
    const handOut = new HandOut();
    const cursor = table.cursor({ start: undefined, end: undefined, handOut });
    const shown: Version[] = [];
    cursor.seekToFirst();
    while (cursor.state === CursorState.ready) {
      shown.push(versionOf(cursor.entry));
      handOut.count++;
      takeValue(cursor.entry).fill(0xff);
      cursor.next();
    }
    expect(shown).toEqual(versions);
    expect(walk(table.cursor())).toEqual(versions);
  });

  it('many at once show everything, for those that are too many go through the cache', async () => {
    const { table } = await tableOf();
    const cursors = Array.from({ length: 40 }, () => table.cursor());
    const shown: Version[][] = cursors.map(() => []);
    for (const cursor of cursors) cursor.seekToFirst();
    while (cursors[0]!.state === CursorState.ready) {
      for (const [i, cursor] of cursors.entries()) {
        shown[i]!.push(versionOf(cursor.entry));
        cursor.next();
      }
    }
    for (const one of shown) expect(one).toEqual(versions);
    for (const cursor of cursors) cursor.close();
  });

  it('may go on elsewhere, and back', async () => {
    const { table } = await tableOf();
    const cursor = table.cursor();
    cursor.seekToFirst();
    for (let i = 0; i < 1200; i++) cursor.next();
    cursor.previous();
    expect(versionOf(cursor.entry)).toEqual(versions[1199]);
    cursor.seek(Buffer.from(versions[700]!.key, 'latin1'));
    expect(versionOf(cursor.entry).key).toBe(versions[700]!.key);
    expect(walk(cursor)).toEqual(versions);
    cursor.close();
  });

  it('meets damage where it is, not before', async () => {
    const { table, files } = await tableOf({ blockRestartInterval: 1 });
    const number = table.blockCount >> 1;
    const middle = positionsOf(table)[number]!;
    let before = 0;
    for (let i = 0; i < number; i++) {
      const block = table.blocks.readSync(runOf(table, i));
      before += block.restartCount;
      block.release();
    }
    files.inject(Fault.flip({ path: /\.data$/ }, middle + 3));
    const cursor = table.cursor();
    const shown: Version[] = [];
    const go = (): void => {
      while (cursor.state === CursorState.ready) {
        shown.push(versionOf(cursor.entry));
        cursor.next();
      }
    };
    cursor.seekToFirst();
    expect(go).toThrow(expect.objectContaining({ code: 'CORRUPTION', data: { offset: middle, file: table.path } }));
    expect(shown).toEqual(versions.slice(0, before));
  });

  it('a failed read of a run is an error, and leaves the walk where it may be tried again', async () => {
    const { table, files } = await tableOf();
    const cursor = table.cursor();
    cursor.seekToFirst();
    for (let i = 0; i < 600; i++) cursor.next();
    files.inject(Fault.fail({ operation: 'read', path: /\.data$/, call: 1 }));
    const shown = versions.slice(0, 600);
    const go = (): void => {
      while (cursor.state === CursorState.ready) {
        shown.push(versionOf(cursor.entry));
        cursor.next();
      }
    };
    expect(go).toThrow(expect.objectContaining({ code: 'IO' }));
    cursor.loadSync();
    go();
    expect(shown).toEqual(versions);
  });
});
