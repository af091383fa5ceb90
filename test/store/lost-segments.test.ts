import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { Database } from '../../src/store/database.js';
import { treeContents } from '../support/tree-contents.js';
import { bytes, DIRECTORY, memoryPlace, openIn, pairs } from './memory-database.js';

const LOG = join(DIRECTORY, 'log');
/** Each write in a segment of its own. */
const options = { logSegmentBytesMax: 1 };

/** A closed database: `flushed` writes in tables, and `logged` more in the log only. */
async function databaseOf(flushed: number, logged: number): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), options);
  for (let i = 1; i <= flushed; i++) await database.put(bytes(`key ${i}`), bytes('in a table'));
  await database.flush();
  for (let i = flushed + 1; i <= flushed + logged; i++) await database.put(bytes(`key ${i}`), bytes('in the log'));
  await database.close();
  return fileSystem;
}

async function reopen(fileSystem: CrashableFileSystem): Promise<string[]> {
  const database = await openIn(memoryPlace(fileSystem), options);
  const found = await pairs(database.scan());
  await database.close();
  return found;
}

async function loseAllButTheNewest(fileSystem: CrashableFileSystem): Promise<void> {
  const names = await fileSystem.list(LOG);
  for (const name of names.slice(0, -1)) await fileSystem.remove(join(LOG, name));
}

const lost = { code: 'CORRUPTION', message: expect.stringMatching(/had got to write 5, .* end at 3/) as string };

test('when only a newest segment without records is left, the writes that are gone are noticed', async () => {
  const fileSystem = await databaseOf(3, 2);
  // An opening ends in a segment of its own, and these have no records: what was said is handed on.
  await reopen(fileSystem);
  await reopen(fileSystem);
  await loseAllButTheNewest(fileSystem);
  const before = await treeContents(fileSystem, DIRECTORY);
  await expect(openIn(memoryPlace(fileSystem), options)).rejects.toMatchObject(lost);
  expect(await treeContents(fileSystem, DIRECTORY)).toEqual(before);
});

test('repair says which writes are gone, and what it makes opens under a new epoch', async () => {
  const fileSystem = await databaseOf(3, 2);
  await reopen(fileSystem);
  await loseAllButTheNewest(fileSystem);
  const { losses } = await Database.repair(DIRECTORY, { environment: memoryPlace(fileSystem) });
  expect(losses).toMatchObject([{ file: LOG, firstSequence: 4, lastSequence: 5 }]);
  const database = await openIn(memoryPlace(fileSystem), options);
  expect(await pairs(database.scan())).toEqual(['key 1', 'key 2', 'key 3'].map((key) => `${key}=in a table`));
  expect(database.epoch).toBe(1);
  await database.close();
  expect(await reopen(fileSystem)).toHaveLength(3);
});

test('a segment that is missing in the middle is named', async () => {
  const fileSystem = await databaseOf(0, 4);
  const [, second] = await fileSystem.list(LOG);
  await fileSystem.remove(join(LOG, second!));
  await expect(openIn(memoryPlace(fileSystem), options)).rejects.toMatchObject({
    code: 'CORRUPTION',
    data: { file: join(LOG, second!) },
  });
});

test('an epoch that began in a segment that is gone is noticed', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), options);
  await database.put(bytes('a'), bytes('1'));
  await database.beginEpoch(7);
  await database.close();
  await reopen(fileSystem);
  await loseAllButTheNewest(fileSystem);
  await expect(openIn(memoryPlace(fileSystem), options)).rejects.toMatchObject({ code: 'CORRUPTION' });
});

test('segments that were released are not missed', async () => {
  const fileSystem = await databaseOf(5, 0);
  for (let i = 0; i < 3; i++) expect(await reopen(fileSystem)).toHaveLength(5);
  expect(await fileSystem.list(LOG)).toHaveLength(1);
});

test('with durability os, tables that outlived the log are enough', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), { durability: 'os' });
  for (let i = 1; i <= 5; i++) await database.put(bytes(`key ${i}`), bytes('x'));
  await database.flush();
  const survivor = fileSystem.crash(keepNone);
  expect(await reopen(survivor)).toHaveLength(5);
  const again = await openIn(memoryPlace(survivor), options);
  await again.put(bytes('key 6'), bytes('x'));
  await again.close();
  expect(await reopen(survivor)).toHaveLength(6);
  await database.close();
});
