import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Database } from '../../src/store/database.js';
import { compressions, type Compression } from '../../src/lsm/tree-options.js';
import { filesIn } from '../support/tree-contents.js';
import {
  bytes,
  DIRECTORY,
  memoryPlace,
  openIn,
  pairs,
  text,
  tinyOptions,
  type MemoryPlace,
} from './memory-database.js';

const COUNT = 60;
const valueOf = (key: string, compression: Compression): string => `${compression} ${key} `.repeat(10);

const open = (place: MemoryPlace, compression: Compression): Promise<Database> =>
  openIn(place, { ...tinyOptions, separatedValueBytesMin: 0, compression });

/** Writes keys of its own and overwrites some of those before it. */
async function fill(database: Database, compression: Compression): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    await database.put(bytes(`${compression} ${i}`), bytes(valueOf(String(i), compression)));
    if (i % 5 === 0) await database.put(bytes(`shared ${i}`), bytes(valueOf(String(i), compression)));
  }
  await database.flush();
}

/** A closed database with tables of every kind, and what it shows. */
async function mixedDatabase(): Promise<{ place: MemoryPlace; shown: string[] }> {
  const place = memoryPlace(new CrashableFileSystem());
  let shown: string[] = [];
  for (const compression of compressions) {
    const database = await open(place, compression);
    await fill(database, compression);
    shown = await pairs(database.scan());
    await database.close();
  }
  return { place, shown };
}

test.each(compressions)(
  'opened with compression %s a database shows what was written with any',
  async (compression) => {
    const { place, shown } = await mixedDatabase();
    const database = await open(place, compression);
    expect(await pairs(database.scan())).toEqual(shown);
    for (const written of compressions) {
      expect(text(database.getSync(bytes(`${written} 7`)))).toBe(valueOf('7', written));
    }
    expect(text(await database.get(bytes('shared 5')))).toBe(valueOf('5', 'small'));
    expect((await database.verify()).problems).toEqual([]);
    await database.compact();
    expect(await pairs(database.scan())).toEqual(shown);
    expect((await database.verify()).problems).toEqual([]);
    await database.close();
  },
);

test('statistics show bytes as given beside bytes on disk', async () => {
  const place = memoryPlace();
  const database = await open(place, 'small');
  await fill(database, 'small');
  const { rawBytes, tableBytes } = database.stats().tree;
  expect(rawBytes).toBeGreaterThan(COUNT * 100);
  expect(tableBytes).toBeLessThan(rawBytes);
  await database.close();
});

test('a checkpoint of compressed tables is a database of its own', async () => {
  const { place, shown } = await mixedDatabase();
  const database = await open(place, 'none');
  await database.checkpoint('/copy');
  await database.close();
  const copy = await Database.open('/copy', { background: 'inline', environment: place });
  expect(await pairs(copy.scan())).toEqual(shown);
  await copy.close();
});

test('a repair keeps everything of sound compressed tables, and writes what it merges compressed', async () => {
  const { place, shown } = await mixedDatabase();
  const manifest = (await filesIn(place.fileSystem, DIRECTORY)).find((path) => path.includes('MANIFEST-'))!;
  await place.fileSystem.remove(manifest);
  const report = await Database.repair(DIRECTORY, {
    ...tinyOptions,
    separatedValueBytesMin: 0,
    compression: 'fast',
    environment: place,
  });
  expect(report.losses).toEqual([]);
  const database = await open(place, 'none');
  expect(await pairs(database.scan())).toEqual(shown);
  await database.close();
});

test('a compression that there is not is refused', async () => {
  await expect(open(memoryPlace(), 'tiny' as 'small')).rejects.toThrow(/compression is one of none, fast, small/);
});
