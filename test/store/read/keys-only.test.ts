import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/store/database.js';
import {
  bytes,
  DIRECTORY,
  memoryPlace,
  openIn,
  pairs,
  text,
  tinyOptions,
  type MemoryPlace,
} from '../memory-database.js';

let place: MemoryPlace;
let database: Database;

/** Three keys in a table; the large value of `b` is in a value file, and cannot be read. */
beforeEach(async () => {
  place = memoryPlace();
  const { fileSystem } = place;
  database = await openIn(place, tinyOptions);
  await database.put(bytes('a'), bytes('small'));
  await database.put(bytes('b'), bytes('large'.repeat(10)), { contentType: 'text/plain' });
  await database.put(bytes('c'), bytes('small'));
  await database.flush();
  const tree = join(DIRECTORY, 'partition-0');
  const path = join(
    tree,
    (await fileSystem.list(tree)).find((name) => name.endsWith('.values'))!,
  );
  const content = Uint8Array.from(await fileSystem.readFile(path));
  content[content.length - 1]! ^= 1;
  await fileSystem.remove(path);
  const file = await fileSystem.openWriter(path, 'create');
  await file.write([content]);
  await file.close();
});
afterEach(() => database.close());

test.each([false, true])('keys alone are shown without a look at values, reverse %s', async (reverse) => {
  await expect(pairs(database.scan({ reverse }))).rejects.toThrow(/checksum/);
  const shown = await pairs(database.scan({ reverse, keysOnly: true }));
  expect(shown).toEqual(reverse ? ['c=', 'b=', 'a='] : ['a=', 'b=', 'c=']);
});

test('whether a key has a value is known without reading it', async () => {
  await expect(database.get(bytes('b'))).rejects.toThrow(/checksum/);
  expect(await Promise.all(['a', 'b', 'x'].map((key) => database.has(bytes(key))))).toEqual([true, true, false]);
});

test('a condition goes by the version, and the value is not read', async () => {
  await expect(database.put(bytes('b'), bytes('new'), { ifVersion: 'absent' })).rejects.toThrow(/has version 0-2/);
  const { replaced } = await database.delete(bytes('b'), { ifVersion: 'present', reportReplaced: true });
  expect(replaced).toEqual([{ epoch: 0, sequence: 2 }]);
  expect(await database.has(bytes('b'))).toBe(false);
});

test('with what else there is to say of each', async () => {
  const [entry] = await database.scanEntries({ prefix: bytes('b'), keysOnly: true }).toArray();
  expect(text(entry!.value)).toBe('');
  expect(entry).toMatchObject({ sequence: 2, contentType: 'text/plain' });
});
