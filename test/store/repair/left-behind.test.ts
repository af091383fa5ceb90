import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { bytes, memoryPlace, openIn, text } from '../memory-database.js';
import { fileOf, flip, openAndVerify, repair, rewrite, TREE } from './damaged-database.js';

/** Key b was deleted and compacted away; the table that held its value was left behind by a crash, by itself. */
async function withTableLeftBehind(): Promise<CrashableFileSystem> {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem));
  for (const key of ['a', 'b', 'c']) await database.put(bytes(key), bytes('1'));
  await database.flush();
  const left = await Promise.all(
    [/\.data$/, /\.index$/].map(async (pattern) => {
      const path = await fileOf(fileSystem, TREE, pattern);
      return { path, content: await fileSystem.readFile(path) };
    }),
  );
  await database.delete(bytes('b'));
  await database.compact();
  await database.close();
  // The next start lets go of the log, which would have the delete.
  await (await openIn(memoryPlace(fileSystem))).close();
  for (const { path, content } of left) {
    const placeholder = await fileSystem.openWriter(path, 'create');
    await placeholder.close();
    await rewrite(fileSystem, path, content);
  }
  return fileSystem;
}

test('a table that a readable record of the manifest took away brings no deleted key back', async () => {
  const fileSystem = await withTableLeftBehind();
  await flip(fileSystem, await fileOf(fileSystem, TREE, /^MANIFEST/), 2);
  const { losses, setAside } = await repair(fileSystem);
  expect(losses).toEqual([]);
  expect(setAside.filter((name) => /\.(data|index)$/.test(name))).toHaveLength(2);
  expect(await openAndVerify(fileSystem)).toEqual(['a=1', 'c=1']);
});

test('without any record of the manifest a deleted key may be back, and a warning names the keys', async () => {
  const fileSystem = await withTableLeftBehind();
  await fileSystem.remove(await fileOf(fileSystem, TREE, /^MANIFEST/));
  await fileSystem.remove(join(TREE, 'CURRENT'));
  const { losses, warnings } = await repair(fileSystem);
  expect(losses).toEqual([]);
  expect(warnings.at(-1)).toMatch(/^2 writes stand in two tables.*"a" and "c"/);
  expect(await openAndVerify(fileSystem)).toEqual(['a=1', 'b=1', 'c=1']);
});

test('what the log still has of a table that is lost comes back from there', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem));
  const keys = Array.from({ length: 40 }, (_, i) => `key ${String(i).padStart(2, '0')}`);
  for (const key of keys) await database.put(bytes(key), bytes('1'));
  await database.flush();
  const lost = await fileOf(fileSystem, TREE, /\.data$/);
  await database.put(bytes(keys[0]!), bytes('2'));
  await database.flush();
  await database.close();
  await fileSystem.remove(lost);
  const { losses } = await repair(fileSystem);
  expect(losses).toMatchObject([{ what: 'is missing' }]);
  expect([losses[0]!.firstKey, losses[0]!.lastKey].map(text)).toEqual([keys[0], keys.at(-1)]);
  expect(await openAndVerify(fileSystem)).toEqual(keys.map((key, i) => `${key}=${i === 0 ? 2 : 1}`));
});
