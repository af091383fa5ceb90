import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { bytes, memoryPlace, openIn, pairs, text, tinyOptions } from './memory-database.js';

test('a batch has one version, and of two operations on a key the later stays', async () => {
  const database = await openIn(memoryPlace());
  const version = await database.write([
    { type: 'put', key: bytes('a'), value: bytes('1') },
    { type: 'put', key: bytes('b'), value: bytes('1') },
    { type: 'delete', key: bytes('a') },
    { type: 'put', key: bytes('b'), value: bytes('2') },
  ]);
  expect(await pairs(database.scan())).toEqual(['b=2']);
  expect(await database.getEntry(bytes('b'))).toMatchObject(version);
  await database.close();
});

test('no reader ever sees a batch in part', async () => {
  const database = await openIn(memoryPlace(), { ...tinyOptions, durability: 'os' });
  let isDone = false;
  const write = async (): Promise<void> => {
    for (let i = 0; i < 200; i++) {
      const value = bytes(String(i));
      await database.write(['a', 'm', 'z'].map((key) => ({ type: 'put', key: bytes(key), value })));
      if (i % 40 === 0) await database.flush();
    }
    isDone = true;
  };
  const read = async (): Promise<void> => {
    while (!isDone) {
      const values = (await pairs(database.scan())).map((pair) => pair.split('=')[1]);
      expect(new Set(values).size).toBeLessThanOrEqual(1);
      const point = ['a', 'm', 'z'].map((key) => text(database.getSync(bytes(key))));
      expect(new Set(point).size).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all([write(), read()]);
  await database.close();
});

test('a batch larger than a memtable is applied whole', async () => {
  const fileSystem = new CrashableFileSystem();
  const database = await openIn(memoryPlace(fileSystem), tinyOptions);
  const value = bytes('x'.repeat(1000));
  await database.write(Array.from({ length: 100 }, (_, i) => ({ type: 'put', key: bytes(`k${i}`), value })));
  await database.put(bytes('after'), value);
  expect(await pairs(database.scan())).toHaveLength(101);
  const afterCut = await openIn(memoryPlace(fileSystem.crash(keepNone)), tinyOptions);
  expect(await pairs(afterCut.scan())).toHaveLength(101);
  await afterCut.close();
  await database.close();
});
