import { describe, expect, it, vi } from 'vitest';
import { CrashableFileSystem } from '../../../../src/env/simulated/crashable-file-system.js';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { CursorState } from '../../../../src/lsm/iterator/cursor.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { bytesOf, put } from '../../support/model.js';
import { findSync, loadBlock, runOf } from '../../support/point-reads.js';
import { DIRECTORY, NUMBER, smallBlocks, writeTable } from '../../support/tables.js';

/** One in each block. */
const versions = Array.from({ length: 200 }, (_, i) => put(`key${100 + i}`, 1));

/** A mapped table, and what is called when its pages are dropped. */
async function mappedTable() {
  const fileSystem = new CrashableFileSystem();
  await fileSystem.makeDirectory(DIRECTORY);
  writeTable(fileSystem, versions, { ...smallBlocks, blockBytes: 1 });
  const dropPages = vi.fn();
  const openReader = fileSystem.openReader.bind(fileSystem);
  vi.spyOn(fileSystem, 'openReader').mockImplementation(async (path) => {
    const file = await openReader(path);
    const map = file.map.bind(file);
    vi.spyOn(file, 'map').mockImplementation(async () => ({ ...(await map())!, dropPages }));
    return file;
  });
  const cache = new BlockCache(0, 1024 * 1024);
  const table = await Table.open(fileSystem, DIRECTORY, NUMBER, cache);
  for (let number = 0; number < 64; number++) table.blocks.readSync(runOf(table, number)).release();
  await loadBlock(table, table.blockCount - 1);
  expect(cache.mappings.bytes).toBe(table.summary.dataBytes);
  const find = () => expect(findSync(table, bytesOf('key150'), 1)).toBeDefined();
  const walk = (count: number) => {
    const cursor = table.cursor();
    cursor.seekToFirst();
    for (let i = 0; i < count; i++) {
      cursor.loadSync();
      expect(cursor.state).toBe(CursorState.ready);
      cursor.next();
    }
    cursor.close();
  };
  return { table, mappings: cache.mappings, dropPages, find, walk };
}

describe('the pages of a mapped table', () => {
  it('are dropped when nobody has looked into it while two parts of a memtable were filled', async () => {
    const { mappings, dropPages, find } = await mappedTable();
    find();
    mappings.rest();
    expect(dropPages).not.toHaveBeenCalled();
    mappings.rest();
    expect(dropPages).toHaveBeenCalledOnce();
    find();
  });

  it('stay when somebody looks for a key now and then', async () => {
    const { mappings, dropPages, find } = await mappedTable();
    for (let i = 0; i < 10; i++) {
      mappings.rest();
      find();
    }
    expect(dropPages).not.toHaveBeenCalled();
  });

  it('are dropped behind a long walk when nobody else looks into it', async () => {
    const { mappings, dropPages, walk } = await mappedTable();
    mappings.rest();
    walk(versions.length);
    expect(dropPages).not.toHaveBeenCalled();
    mappings.rest();
    expect(dropPages).toHaveBeenCalledOnce();
    walk(versions.length);
    expect(dropPages).toHaveBeenCalledTimes(2);
  });

  it('stay behind a walk through a few blocks, and behind any through a table that is looked into', async () => {
    const { mappings, dropPages, find, walk } = await mappedTable();
    mappings.rest();
    mappings.rest();
    dropPages.mockClear();
    walk(3);
    find();
    walk(versions.length);
    expect(dropPages).not.toHaveBeenCalled();
  });

  it('are left alone when it is closed', async () => {
    const { table, mappings, dropPages } = await mappedTable();
    table.closeSync();
    for (let i = 0; i < 3; i++) mappings.rest();
    expect(dropPages).not.toHaveBeenCalled();
  });
});
