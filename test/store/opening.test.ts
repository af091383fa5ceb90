import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { MemoryLogger } from '../../src/env/simulated/memory-logger.js';
import { Database } from '../../src/store/database.js';
import { encodeIdentity } from '../../src/store/directory/directory-identity.js';
import { treeContents } from '../support/tree-contents.js';
import { bytes, DIRECTORY, memoryPlace, openIn, START_MS, text, type MemoryPlace } from './memory-database.js';

let fileSystem: CrashableFileSystem;
let place: MemoryPlace;

beforeEach(() => {
  fileSystem = new CrashableFileSystem();
  place = memoryPlace(fileSystem);
});

async function makeDatabase(): Promise<void> {
  const database = await openIn(place);
  await database.put(bytes('k'), bytes('v'));
  await database.close();
}

async function writeFile(path: string, content: Uint8Array): Promise<void> {
  if (await fileSystem.exists(path)) await fileSystem.remove(path);
  const file = await fileSystem.openWriter(path, 'create');
  await file.write([content]);
  await file.sync();
  await file.close();
}

/** Opening fails with `code`, and every byte of the directory is as it was. */
async function refusesUntouched(code: string, options = {}): Promise<void> {
  const before = await treeContents(fileSystem, DIRECTORY);
  await expect(openIn(place, options)).rejects.toMatchObject({ code });
  expect(await treeContents(fileSystem, DIRECTORY)).toEqual(before);
}

test('a database is made where there was nothing, with the directories above it', async () => {
  const database = await Database.open('/a/b/c', { background: 'inline', environment: place });
  await database.put(bytes('k'), bytes('v'));
  expect(text(await database.get(bytes('k')))).toBe('v');
  await database.close();
});

test('what was written is there when it is opened again, under the same store UUID', async () => {
  await makeDatabase();
  const first = await openIn(place);
  const { storeUuid } = first;
  await first.close();
  const second = await openIn(place);
  expect(second.storeUuid).toBe(storeUuid);
  expect(text(await second.get(bytes('k')))).toBe('v');
  expect((await second.getEntry(bytes('k')))?.writtenAtMs).toBe(START_MS);
  await second.close();
});

test('with createIfMissing false nothing is made', async () => {
  await expect(openIn(place, { createIfMissing: false })).rejects.toMatchObject({ code: 'NOT_A_DATABASE' });
  expect(await fileSystem.exists(DIRECTORY)).toBe(false);
  await fileSystem.makeDirectory(DIRECTORY);
  await refusesUntouched('NOT_A_DATABASE', { createIfMissing: false });
});

test('with errorIfExists a database is made, and one that is there is refused and left alone', async () => {
  const database = await openIn(place, { errorIfExists: true });
  await database.close();
  await refusesUntouched('CONFLICT', { errorIfExists: true });
});

test('a directory with other files is refused and left alone', async () => {
  await fileSystem.makeDirectory(DIRECTORY);
  await writeFile(join(DIRECTORY, 'holiday.jpg'), bytes('picture'));
  await refusesUntouched('NOT_A_DATABASE');
});

test('hidden files do not make an empty directory something else', async () => {
  await fileSystem.makeDirectory(DIRECTORY);
  await writeFile(join(DIRECTORY, '.gitkeep'), bytes(''));
  const database = await openIn(place);
  await database.close();
});

describe('a second opener', () => {
  test('in the same process is told which directory is locked', async () => {
    const database = await openIn(place);
    await expect(openIn(place)).rejects.toMatchObject({ code: 'LOCKED', data: { directory: DIRECTORY } });
    await database.put(bytes('k'), bytes('v'));
    await database.close();
    await (await openIn(place)).close();
  });

  test('on real files too', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'corecache-lock-'));
    const database = await Database.open(directory);
    await expect(Database.open(directory)).rejects.toMatchObject({ code: 'LOCKED' });
    await database.close();
    await rm(directory, { recursive: true });
  });
});

describe('a directory of a newer format', () => {
  test('is refused and left alone', async () => {
    await makeDatabase();
    const uuid = '00000000-0000-4000-8000-000000000000';
    await writeFile(join(DIRECTORY, 'IDENTITY'), encodeIdentity({ storeUuid: uuid }, 2));
    await refusesUntouched('NEWER_FORMAT');
  });
});

describe('a damaged directory is refused and left alone', () => {
  test('with any byte of IDENTITY changed', async () => {
    await makeDatabase();
    const path = join(DIRECTORY, 'IDENTITY');
    const identity = await fileSystem.readFile(path);
    for (let at = 0; at < identity.length; at++) {
      const damaged = Uint8Array.from(identity);
      damaged[at] = damaged[at]! ^ 0x01;
      await writeFile(path, damaged);
      await expect(openIn(place)).rejects.toMatchObject({ code: 'CORRUPTION', data: { file: path } });
    }
    await writeFile(path, identity.subarray(0, 20));
    await refusesUntouched('CORRUPTION');
  });

  test('without IDENTITY', async () => {
    await makeDatabase();
    await fileSystem.remove(join(DIRECTORY, 'IDENTITY'));
    await refusesUntouched('CORRUPTION');
  });

  test('without its tree', async () => {
    await makeDatabase();
    await fileSystem.removeTree(join(DIRECTORY, 'partition-0'));
    await refusesUntouched('CORRUPTION');
  });

  test('without its log', async () => {
    await makeDatabase();
    await fileSystem.removeTree(join(DIRECTORY, 'log'));
    await refusesUntouched('CORRUPTION');
  });

  test('with an empty log in place of its own', async () => {
    await makeDatabase();
    for (const name of await fileSystem.list(join(DIRECTORY, 'log'))) {
      await fileSystem.remove(join(DIRECTORY, 'log', name));
    }
    await refusesUntouched('CORRUPTION');
  });
});

test('making a database that was cut off is done anew', async () => {
  await makeDatabase();
  await fileSystem.rename(join(DIRECTORY, 'IDENTITY'), join(DIRECTORY, 'IDENTITY.tmp'));
  const database = await openIn(place);
  expect(await database.get(bytes('k'))).toBeUndefined();
  expect(database.lastSequence).toBe(0);
  await database.close();
});

test('options out of range are refused by name', async () => {
  await expect(openIn(place, { blockBytes: 0 })).rejects.toThrow(/blockBytes/);
  await expect(openIn(place, { durability: 'maybe' as 'os' })).rejects.toThrow(/fsync, interval, os/);
  await expect(openIn(place, { ['memtableBytes' as 'blockBytes']: 1 })).rejects.toThrow(/no option memtableBytes/);
  await expect(openIn(place, { keyBytesMin: 2 })).rejects.toThrow(/keyBytesMin is one of 0, 1/);
  await expect(openIn(place, { level0TablesStop: 1 })).rejects.toThrow(/level0TablesStop/);
  expect(await fileSystem.exists(DIRECTORY)).toBe(false);
});

test('where tables cannot be mapped, a warning says why, and they are read by calls', async () => {
  class Unmappable extends CrashableFileSystem {
    override readonly mapObstacle = 'this system has no maps';
  }
  const logger = new MemoryLogger();
  const unmappable = { ...memoryPlace(new Unmappable()), logger };
  await (await openIn(unmappable)).close();
  expect(logger.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  const database = await openIn(unmappable, { mappedBytesMax: 1024 });
  expect(logger.lines.filter(({ level }) => level === 'warn')).toMatchObject([
    { message: 'tables are not mapped into memory', fields: { reason: 'this system has no maps' } },
  ]);
  await database.close();
});
