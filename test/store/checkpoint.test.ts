import { beforeEach, expect, test } from 'vitest';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Database } from '../../src/store/database.js';
import { failingAfterPowerCut } from '../support/failing-after-power-cut.js';
import { bytes, codeOf, DIRECTORY, memoryPlace, openIn, pairs, text, tinyOptions } from './memory-database.js';

const COPY = '/copies/first';
let fileSystem: CrashableFileSystem;
let database: Database;

beforeEach(async () => {
  fileSystem = new CrashableFileSystem();
  database = await openIn(memoryPlace(fileSystem), tinyOptions);
  for (let i = 0; i < 100; i++) await database.put(bytes(`k${i}`), bytes(`v${i}`), { durability: 'os' });
});

function openCopy(on = fileSystem): Promise<Database> {
  return Database.open(COPY, { ...tinyOptions, background: 'inline', environment: memoryPlace(on) });
}

test('a checkpoint is a database of its own with all that was acknowledged', async () => {
  await database.beginEpoch(4);
  await database.checkpoint(COPY);
  const copy = await openCopy();
  expect(await pairs(copy.scan())).toEqual(await pairs(database.scan()));
  expect([copy.epoch, copy.lastSequence]).toEqual([database.epoch, database.lastSequence]);
  expect(copy.storeUuid).not.toBe(database.storeUuid);
  expect((await copy.verify()).problems).toEqual([]);
  await copy.close();
  await database.close();
});

test('original and copy go their own ways', async () => {
  await database.checkpoint(COPY);
  const copy = await openCopy();
  await copy.put(bytes('k0'), bytes('of the copy'));
  await database.put(bytes('k0'), bytes('of the original'));
  await Promise.all([copy.compact(), database.compact()]);
  expect(text(await copy.get(bytes('k0')))).toBe('of the copy');
  expect(text(await database.get(bytes('k0')))).toBe('of the original');
  await copy.close();
  await database.close();
  await fileSystem.removeTree(DIRECTORY);
  const alone = await openCopy();
  expect(await pairs(alone.scan())).toHaveLength(100);
  await alone.close();
});

test('a checkpoint beside writes is some moment after its call', async () => {
  const writes = Array.from({ length: 200 }, (_, i) => database.put(bytes('counter'), bytes(String(i))));
  await database.checkpoint(COPY);
  await Promise.all(writes);
  const copy = await openCopy();
  expect(await pairs(copy.scan({ prefix: bytes('k') }))).toHaveLength(100);
  await copy.close();
  await database.close();
});

test('a directory that is not empty is refused', async () => {
  await database.checkpoint(COPY);
  await expect(database.checkpoint(COPY)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await database.close();
});

test('a checkpoint is durable when it is done', async () => {
  await database.checkpoint(COPY);
  const copy = await openCopy(fileSystem.crash(keepNone));
  expect(await pairs(copy.scan())).toHaveLength(100);
  await copy.close();
  await database.close();
});

test('a checkpoint that was cut off is whole, refused, or has not begun; never an empty database', async () => {
  await database.close();
  for (let n = 1; ; n++) {
    const cut = fileSystem.clone();
    const source = await openIn(memoryPlace(failingAfterPowerCut(cut)), tinyOptions);
    cut.cutPowerAt(cut.callCount + n);
    const isDone = await source.checkpoint(COPY).then(
      () => true,
      () => false,
    );
    await source.close().catch(() => undefined);
    for (const survivor of [cut.clone(), cut.crash(keepNone)]) {
      if (!(await survivor.exists(COPY)) || (await survivor.list(COPY)).length === 0) continue;
      const outcome = await openCopy(survivor).then(
        async (copy) => `${(await pairs(copy.scan())).length} keys`,
        codeOf,
      );
      expect(['100 keys', 'CORRUPTION']).toContain(outcome);
    }
    if (isDone) break;
  }
});
