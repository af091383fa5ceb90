import { beforeEach, expect, test } from 'vitest';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Database } from '../../src/store/database.js';
import { bytes, memoryPlace, openIn } from './memory-database.js';

let fileSystem: CrashableFileSystem;
let database: Database;

beforeEach(async () => {
  fileSystem = new CrashableFileSystem();
  database = await openIn(memoryPlace(fileSystem));
});

test('writes carry the epoch that was begun before them', async () => {
  expect(await database.put(bytes('k'), bytes('v'))).toEqual({ epoch: 0, sequence: 1 });
  const begun = database.beginEpoch(3);
  expect(await database.put(bytes('k'), bytes('v'))).toEqual({ epoch: 3, sequence: 3 });
  await begun;
  expect(database.epoch).toBe(3);
  await database.close();
});

test('an epoch that is not above the present one is refused', async () => {
  await database.beginEpoch(3);
  await expect(database.beginEpoch(3)).rejects.toMatchObject({ code: 'CONFLICT', data: { epoch: 3 } });
  await expect(database.beginEpoch(2)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(database.beginEpoch(3.5)).rejects.toMatchObject({ code: 'CONFLICT' });
  await database.close();
});

test('an epoch is durable when it has begun, whatever the durability of writes', async () => {
  await database.beginEpoch(7);
  const afterCut = await openIn(memoryPlace(fileSystem.crash(keepNone)));
  expect(afterCut.epoch).toBe(7);
  expect(afterCut.lastSequence).toBe(1);
  await afterCut.close();
  await database.close();
});

test('an epoch stays when everything was flushed and the log let go', async () => {
  await database.beginEpoch(7);
  await database.put(bytes('k'), bytes('v'));
  await database.flush();
  await database.close();
  database = await openIn(memoryPlace(fileSystem));
  expect(database.epoch).toBe(7);
  expect(await database.getEntry(bytes('k'))).toMatchObject({ epoch: 7, sequence: 2 });
  await database.close();
});
