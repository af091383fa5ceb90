import { afterEach, beforeEach, expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { Database } from '../../src/store/database.js';
import { bytes, collect, memoryPlace, openIn, pairs, text } from './memory-database.js';

const ENTRIES = 3000;
const name = (i: number): string => `key ${String(i).padStart(5, '0')}`;

/** What the database shows. */
let shown: Map<string, string>;
let database: Database;

async function put(key: string, value: string): Promise<void> {
  await database.put(bytes(key), bytes(value));
  shown.set(key, value);
}

const expected = (): string[] => [...shown].map(([key, value]) => `${key}=${value}`).toSorted();

/** Small blocks on files that answer at once, and no cache: all but the beginning of a scan is read past it. */
beforeEach(async () => {
  const place = memoryPlace(new CrashableFileSystem(() => true));
  database = await openIn(place, { durability: 'os', blockBytes: 256, cacheBytesMax: 0, separatedValueBytesMin: 0 });
  shown = new Map();
  for (let i = 0; i < ENTRIES; i++) await put(name(i), `first value of ${i}`);
  await database.compact();
  for (let i = 0; i < ENTRIES; i += 7) await put(name(i), `second value of ${i}`);
  await database.flush();
  for (let i = 3; i < ENTRIES; i += 11) await put(name(i), `third value of ${i}`);
  for (let i = 5; i < ENTRIES; i += 13) {
    await database.delete(bytes(name(i)));
    shown.delete(name(i));
  }
});
afterEach(() => database.close());

test('show what is there, in either direction', async () => {
  expect(await pairs(database.scan())).toEqual(expected());
  expect(await pairs(database.scan({ reverse: true }))).toEqual(expected().reverse());
});

test('show keys alone, and whole entries', async () => {
  const keys = await collect(database.scan({ keysOnly: true }));
  expect(keys.map(([key, value]) => `${text(key)} ${value.length}`)).toEqual(
    [...shown.keys()].toSorted().map((key) => `${key} 0`),
  );
  const entries = await collect(database.scanEntries());
  expect(entries.map(({ key, value }) => `${text(key)}=${text(value)}`)).toEqual(expected());
});

test.each([false, true])('give values that the caller may write to, backward %s', async (reverse) => {
  for await (const [key, value] of database.scan({ reverse })) {
    key.fill(0);
    value.fill(0);
  }
  expect(await pairs(database.scan({ reverse }))).toEqual(reverse ? expected().reverse() : expected());
});

test('show one moment, whatever is written and compacted meanwhile', async () => {
  const before = expected();
  const found: string[] = [];
  let count = 0;
  for await (const [key, value] of database.scan()) {
    found.push(`${text(key)}=${text(value)}`);
    if (count++ % 100 === 0) await put(name((count * 37) % ENTRIES), `fourth value of ${count}`);
    if (count === 1000) await database.compact();
  }
  expect(found).toEqual(before);
  expect(await pairs(database.scan())).toEqual(expected());
});

test('may be left at any place, many of them at once', async () => {
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      let count = 0;
      for await (const [key] of database.scan({ gte: bytes(name(i)) })) {
        expect(text(key)! >= name(i)).toBe(true);
        if (count++ === 500 + i * 20) break;
      }
    }),
  );
  expect(database.stats().openScans).toBe(0);
  expect(await pairs(database.scan())).toEqual(expected());
});
