import { expect, it } from 'vitest';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { MergingCursor } from '../../../src/lsm/iterator/merging-cursor.js';
import { SoundBlocks, SoundBlocksCursor } from '../../../src/lsm/repair/sound-blocks.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { ArrayCursor, everything, put } from '../support/model.js';
import { DATA_PATH, DIRECTORY, newFileSystem, NUMBER, positionsOf, writeTable } from '../support/tables.js';

it('a lost entry is passed over, and what its key shares with the next is not said of the one before', async () => {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, [put('a', 1), put('lost', 2), put('lostnot', 3), put('z', 4)]);
  const table = Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(0));
  const positions = positionsOf(table);
  const places = positions.slice(0, -1).map((position, i) => ({ position, end: positions[i + 1]! }));
  const blocks = new SoundBlocks(fileSystem, DATA_PATH, table.index, places);
  const cursor = new SoundBlocksCursor(blocks, ({ sequence }) => sequence === 2);
  cursor.seekToFirst();
  cursor.loadSync();
  cursor.next();
  expect(cursor.state).toBe(CursorState.ready);
  expect(cursor.entry.sequence).toBe(3);
  expect(cursor.entry.keyShared).toBe(0);
  const others = new ArrayCursor([put('b', 5), put('m', 6)]);
  const keys = everything(new MergingCursor([cursor, others])).map(({ key }) => key);
  expect(keys).toEqual(['a', 'b', 'lostnot', 'm', 'z']);
  table.closeSync();
});
