import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { bytes, codeOf, collect, memoryPlace, openIn, text, tinyOptions } from './memory-database.js';

const ENTRIES = 300;
const keys = Array.from({ length: ENTRIES }, (_, i) => `k${String(i).padStart(4, '0')}`);

let database: Database;

beforeEach(async () => {
  database = await openIn(memoryPlace(), { ...tinyOptions, durability: 'os' });
  for (const key of keys) await database.put(bytes(key), bytes(`value of ${key}`));
});
afterEach(() => database.close());

function keysOf(items: readonly [Uint8Array, Uint8Array][]): (string | undefined)[] {
  return items.map(([key, value]) => {
    expect(text(value)).toBe(`value of ${text(key)}`);
    return text(key);
  });
}

test('batches are the scan in its order, none empty and none too long', async () => {
  const batches = await collect(database.scan().batches(7));
  expect(keysOf(batches.flat())).toEqual(keys);
  for (const { length } of batches) expect(length).toBeGreaterThan(0);
  for (const { length } of batches) expect(length).toBeLessThanOrEqual(7);
  expect(batches.length).toBeLessThan(ENTRIES / 2);
});

test('toArray returns all of a range, in either direction, up to the limit', async () => {
  expect(keysOf(await database.scan({ gte: bytes('k0100'), lt: bytes('k0200') }).toArray())).toEqual(
    keys.slice(100, 200),
  );
  expect(keysOf(await database.scan({ reverse: true, limit: 20 }).toArray())).toEqual(keys.slice(-20).reverse());
  expect(await database.scan({ limit: 0 }).toArray()).toEqual([]);
  expect(await database.scan({ prefix: bytes('x') }).toArray()).toEqual([]);
});

test('a batch ends where its bytes grow beyond a mebibyte', async () => {
  // All in memory, or each array would end where the next value has to be read.
  const large = await openIn(memoryPlace(), { separatedValueBytesMin: 0 });
  for (const key of keys.slice(0, 10)) await large.put(bytes(key), Buffer.alloc(400_000, 1));
  const batches = await collect(large.scan({ limit: 10 }).batches());
  expect(batches.map(({ length }) => length)).toEqual([3, 3, 3, 1]);
  await large.close();
});

test('next and nextMany go on from each other, also when the calls overlap', async () => {
  const iterator = database.scan()[Symbol.asyncIterator]();
  const found: [Uint8Array, Uint8Array][] = [];
  while (found.length < ENTRIES) {
    const [one, many, other] = await Promise.all([iterator.next(), iterator.nextMany(5), iterator.next()]);
    if (one.done !== true) found.push(one.value);
    found.push(...many);
    if (other.done !== true) found.push(other.value);
  }
  expect(keysOf(found)).toEqual(keys);
  expect(await iterator.nextMany(5)).toEqual([]);
});

test('a batch of no whole number of entries is refused', async () => {
  const iterator = database.scan()[Symbol.asyncIterator]();
  for (const count of [0, -1, 1.5, Number.NaN]) {
    expect(await iterator.nextMany(count).catch(codeOf)).toBe('INVALID_ARGUMENT');
  }
});

test('closing the database ends a scan that has copied entries ahead', async () => {
  const iterator = database.scan()[Symbol.asyncIterator]();
  for (let i = 0; i < 20; i++) await iterator.next();
  await database.close();
  expect(await iterator.next().catch(codeOf)).toBe('CLOSED');
  expect(await iterator.nextMany(3).catch(codeOf)).toBe('CLOSED');
});

test('a scan is given back by its last batch, by leaving the loop, and by return', async () => {
  await database.scan().toArray();
  expect(database.stats().openScans).toBe(0);
  for await (const items of database.scan().batches(3)) if (items.length > 0) break;
  expect(database.stats().openScans).toBe(0);
  const iterator = database.scan()[Symbol.asyncIterator]();
  for (let i = 0; i < 5; i++) await iterator.next();
  await iterator.return();
  expect(database.stats().openScans).toBe(0);
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});
