import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { bytes, memoryPlace, openIn, pairs, text, tinyOptions, type MemoryPlace } from './memory-database.js';

const EMPTY = new Uint8Array(0);
const options = { ...tinyOptions, keyBytesMin: 0 };

let place: MemoryPlace;
let database: Database;

beforeEach(async () => {
  place = memoryPlace();
  database = await openIn(place, options);
});
afterEach(() => database.close());

async function reopen(): Promise<void> {
  await database.close();
  database = await openIn(place, options);
}

test('the empty key is refused unless it is asked for', async () => {
  await reopen();
  await database.close();
  database = await openIn(place);
  await expect(database.put(EMPTY, bytes('v'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(database.get(EMPTY)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('the empty key is there in memory, after recovery, in tables and after compaction', async () => {
  const check = async (): Promise<void> => {
    expect(text(await database.get(EMPTY))).toBe('first');
    expect(text(database.getSync(EMPTY))).toBe('first');
  };
  await database.put(EMPTY, bytes('first'));
  await check();
  await reopen();
  await check();
  await database.flush();
  await check();
  for (let i = 0; i < 300; i++) await database.put(bytes(`k${i % 100}`), bytes(String(i)));
  await database.flush();
  await database.compact();
  await check();
  await reopen();
  await check();
  expect((await database.verify()).problems).toEqual([]);
});

test('the empty key alone in a table is found, replaced and deleted', async () => {
  await database.put(EMPTY, bytes('one'));
  await database.flush();
  await database.put(EMPTY, bytes('two'), { ifVersion: 'present' });
  await database.flush();
  expect(await pairs(database.scan())).toEqual(['=two']);
  await database.delete(EMPTY);
  await database.flush();
  await database.compact();
  expect(await database.get(EMPTY)).toBeUndefined();
  expect(await pairs(database.scan())).toEqual([]);
});

test('scans show the empty key before all others, and bounds include or leave it out', async () => {
  for (const key of ['', '\0', 'a']) await database.put(bytes(key), bytes('v'));
  for (const flushed of [false, true]) {
    if (flushed) await database.flush();
    expect(await pairs(database.scan())).toEqual(['=v', '\0=v', 'a=v']);
    expect(await pairs(database.scan({ reverse: true }))).toEqual(['a=v', '\0=v', '=v']);
    expect(await pairs(database.scan({ gte: EMPTY, limit: 1 }))).toEqual(['=v']);
    expect(await pairs(database.scan({ gt: EMPTY }))).toEqual(['\0=v', 'a=v']);
    expect(await pairs(database.scan({ lte: EMPTY }))).toEqual(['=v']);
    expect(await pairs(database.scan({ lt: EMPTY }))).toEqual([]);
    expect(await pairs(database.scan({ gt: EMPTY, reverse: true }))).toEqual(['a=v', '\0=v']);
  }
});
