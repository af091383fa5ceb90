import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { bytes, collect, memoryPlace, openIn, pairs, text, tinyOptions, type MemoryPlace } from './memory-database.js';

let place: MemoryPlace;
let database: Database;

beforeEach(async () => {
  place = memoryPlace();
  database = await openIn(place, { ...tinyOptions, durability: 'os' });
});
afterEach(() => database.close());

async function fill(from: number, to: number, value: string): Promise<void> {
  for (let i = from; i < to; i++) await database.put(bytes(`k${String(i).padStart(4, '0')}`), bytes(value));
}

test('a snapshot keeps its view through overwriting, deleting, flush and compaction', async () => {
  await fill(0, 100, 'old');
  const snapshot = database.snapshot();
  await fill(0, 50, 'new');
  for (let i = 50; i < 100; i++) await database.delete(bytes(`k${String(i).padStart(4, '0')}`));
  await fill(100, 150, 'later');
  await database.flush();
  await database.compact();
  expect(text(await database.get(bytes('k0000'), { snapshot }))).toBe('old');
  expect(text(database.getSync(bytes('k0099'), { snapshot }))).toBe('old');
  expect(await database.get(bytes('k0100'), { snapshot })).toBeUndefined();
  expect((await pairs(database.scan({ snapshot }))).every((pair) => pair.endsWith('=old'))).toBe(true);
  expect(await pairs(database.scan({ snapshot }))).toHaveLength(100);
  expect(await pairs(database.scan())).toHaveLength(100);
  snapshot.release();
});

test('what only a released snapshot needed is dropped when its keys are compacted again', async () => {
  await fill(0, 100, 'old');
  const snapshot = database.snapshot();
  await fill(0, 100, 'new');
  await database.compact();
  expect(database.stats().tree.entryCount).toBe(200);
  snapshot.release();
  await fill(0, 100, 'newest');
  await database.compact();
  expect(database.stats().tree.entryCount).toBe(100);
});

test('a released snapshot, and one of another database, are refused', async () => {
  const snapshot = database.snapshot();
  snapshot.release();
  snapshot.release();
  await expect(database.get(bytes('k'), { snapshot })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(() => database.scan({ snapshot })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  const foreign = { sequence: 0, release: () => undefined };
  await expect(database.get(bytes('k'), { snapshot: foreign })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a scan shows the moment in which it began, whatever happens beside it', async () => {
  await fill(0, 200, 'old');
  const iterator = database.scan()[Symbol.asyncIterator]();
  const seen = [await iterator.next()];
  await fill(0, 300, 'new');
  await database.flush();
  await database.compact();
  for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) seen.push(result);
  expect(seen).toHaveLength(200);
  for (const { value } of seen) expect(text((value as [Uint8Array, Uint8Array])[1])).toBe('old');
});

test('bounds, prefix, direction and limit', async () => {
  for (const key of ['a', 'ab', 'abc', 'b', 'ba', 'c']) await database.put(bytes(key), bytes(key.toUpperCase()));
  expect(await pairs(database.scan({ gt: bytes('a'), lte: bytes('b') }))).toEqual(['ab=AB', 'abc=ABC', 'b=B']);
  expect(await pairs(database.scan({ gte: bytes('ab'), lt: bytes('b') }))).toEqual(['ab=AB', 'abc=ABC']);
  expect(await pairs(database.scan({ prefix: bytes('a'), reverse: true }))).toEqual(['abc=ABC', 'ab=AB', 'a=A']);
  expect(await pairs(database.scan({ limit: 2 }))).toEqual(['a=A', 'ab=AB']);
  expect(await pairs(database.scan({ limit: 0 }))).toEqual([]);
  expect(await pairs(database.scan({ gt: bytes('c') }))).toEqual([]);
  expect(() => database.scan({ limit: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(() => database.scan({ gt: bytes('a'), gte: bytes('a') })).toThrow(/gt or gte/);
});

test('one scan object may be walked more than once', async () => {
  await fill(0, 3, 'v');
  const scan = database.scan();
  expect(await pairs(scan)).toEqual(await pairs(scan));
});

test('a scan gives back what it holds: at its end, by break, by its limit', async () => {
  await fill(0, 100, 'v');
  await collect(database.scan());
  await collect(database.scan({ limit: 3 }));
  for await (const pair of database.scan()) if (text(pair[0]) === 'k0003') break;
  expect(database.stats().openScans).toBe(0);
});

test('calls of next that overlap are answered in order', async () => {
  await fill(0, 100, 'v');
  await database.flush();
  const iterator = database.scan()[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 102 }, () => iterator.next()));
  const keys = results.flatMap((result) => (result.done === true ? [] : [text(result.value[0])]));
  expect(keys).toEqual(Array.from({ length: 100 }, (_, i) => `k${String(i).padStart(4, '0')}`));
  expect(results.slice(100)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
});

test('a scan over memory lets timers in', async () => {
  const operations = Array.from({ length: 20_000 }, (_, i) => ({
    type: 'put' as const,
    key: bytes(`k${i}`),
    value: bytes('v'),
  }));
  await database.close();
  database = await openIn(memoryPlace(), { durability: 'os' });
  await database.write(operations);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  let ticksInside = 0;
  const iterator = database.scan()[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true) ticksInside = ticks;
  clearInterval(timer);
  expect(ticksInside).toBeGreaterThan(0);
});

test('an expired value is not shown', async () => {
  await database.put(bytes('k'), bytes('v'), { ttlMs: 10 });
  place.clock.advance(10);
  expect(await pairs(database.scan())).toEqual([]);
});
