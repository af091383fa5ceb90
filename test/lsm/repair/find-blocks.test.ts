import { expect, it } from 'vitest';
import { DATA_HEADER_BYTES } from '../../../src/lsm/sstable/file-frame.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { findBlocks } from '../../../src/lsm/repair/find-blocks.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { compressions } from '../../../src/lsm/tree-options.js';
import { randomVersions, seeded } from '../support/model.js';
import {
  DATA_PATH,
  DIRECTORY,
  newFileSystem,
  NUMBER,
  positionsOf,
  smallBlocks,
  writeTable,
} from '../support/tables.js';

it.each(compressions)('blocks are found without an index, up to the first that is damaged: %s', async (compression) => {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, randomVersions(seeded(2), 400, 300), { ...smallBlocks, compression });
  const positions = positionsOf(Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(0)));
  const places = positions.slice(0, -1).map((position, i) => ({ position, end: positions[i + 1]! }));
  const bytes = fileSystem.readFileSync(DATA_PATH).slice();
  expect(findBlocks(bytes.subarray(DATA_HEADER_BYTES), NUMBER, DATA_HEADER_BYTES)).toEqual(places);
  const fifth = places[5]!;
  expect(findBlocks(bytes.subarray(fifth.position), NUMBER, fifth.position)).toEqual(places.slice(5));
  bytes[fifth.position + 10]! ^= 4;
  expect(findBlocks(bytes.subarray(DATA_HEADER_BYTES), NUMBER, DATA_HEADER_BYTES)).toEqual(places.slice(0, 5));
});
