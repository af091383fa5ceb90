import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/store/database.js';
import { bytes, memoryPlace, openIn, START_MS, text, type MemoryPlace } from './memory-database.js';

let place: MemoryPlace;
let database: Database;

beforeEach(async () => {
  place = memoryPlace();
  database = await openIn(place, { keyBytesMax: 8, valueBytesMax: 16, batchBytesMax: 40 });
});
afterEach(() => database.close());

test('an absent key is undefined', async () => {
  expect(await database.get(bytes('k'))).toBeUndefined();
  expect(database.getSync(bytes('k'))).toBeUndefined();
  expect(await database.getEntry(bytes('k'))).toBeUndefined();
});

test('a value is read back until it is replaced or deleted', async () => {
  await database.put(bytes('k'), bytes('one'));
  expect(text(await database.get(bytes('k')))).toBe('one');
  await database.put(bytes('k'), bytes('two'));
  expect(text(database.getSync(bytes('k')))).toBe('two');
  await database.delete(bytes('k'));
  expect(await database.get(bytes('k'))).toBeUndefined();
});

test('an empty value is a value', async () => {
  await database.put(bytes('k'), new Uint8Array(0));
  expect(await database.get(bytes('k'))).toHaveLength(0);
});

test('an entry carries version, times and content type', async () => {
  const { epoch, sequence } = await database.put(bytes('k'), bytes('v'), { ttlMs: 500, contentType: 'text/plain' });
  const entry = await database.getEntry(bytes('k'));
  expect({ ...entry, key: text(entry?.key), value: text(entry?.value) }).toEqual({
    key: 'k',
    value: 'v',
    epoch,
    sequence,
    writtenAtMs: START_MS,
    expiresAtMs: START_MS + 500,
    contentType: 'text/plain',
  });
});

test('a value ends with its time to live, to the millisecond, and the one before it stays gone', async () => {
  await database.put(bytes('k'), bytes('old'));
  await database.put(bytes('k'), bytes('new'), { ttlMs: 100 });
  place.clock.advance(99);
  expect(text(await database.get(bytes('k')))).toBe('new');
  place.clock.advance(1);
  expect(await database.get(bytes('k'))).toBeUndefined();
  expect(database.getSync(bytes('k'))).toBeUndefined();
});

test('the caller may use its buffers again at once', async () => {
  const key = bytes('k');
  const value = bytes('v');
  const written = database.put(key, value);
  key.fill(0x78);
  value.fill(0x79);
  await written;
  expect(text(await database.get(bytes('k')))).toBe('v');
});

test('the caller may use its buffers again at once, of long values too', async () => {
  const other = memoryPlace();
  const value = new Uint8Array(100_000).fill(0x61);
  const first = await openIn(other);
  const put = first.put(bytes('k'), value);
  const batch = first.write([{ type: 'put', key: bytes('l'), value }]);
  value.fill(0x79);
  await Promise.all([put, batch]);
  await first.close();
  const second = await openIn(other);
  const expected = Buffer.alloc(100_000, 'a');
  expect(expected.equals((await second.get(bytes('k')))!)).toBe(true);
  expect(expected.equals((await second.get(bytes('l')))!)).toBe(true);
  await second.close();
});

test('what is handed out is the caller’s own', async () => {
  await database.put(bytes('k'), bytes('v'));
  database.getSync(bytes('k'))?.fill(0);
  expect(text(database.getSync(bytes('k')))).toBe('v');
});

test('of writes that were not waited for, the later call stays', async () => {
  const writes = Array.from({ length: 500 }, (_, i) => database.put(bytes('k'), bytes(String(i))));
  const results = await Promise.all(writes);
  expect(text(await database.get(bytes('k')))).toBe('499');
  expect(results.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
});

test('reportReplaced names the version before, also one that is on its way to the log', async () => {
  const first = database.put(bytes('k'), bytes('1'), { reportReplaced: true });
  const second = database.put(bytes('k'), bytes('2'), { reportReplaced: true });
  const third = database.delete(bytes('k'), { reportReplaced: true });
  const fourth = database.delete(bytes('k'), { reportReplaced: true });
  expect((await first).replaced).toEqual([undefined]);
  expect((await second).replaced).toEqual([{ epoch: 0, sequence: 1 }]);
  expect((await third).replaced).toEqual([{ epoch: 0, sequence: 2 }]);
  expect((await fourth).replaced).toEqual([undefined]);
});

test('a missing key on delete is no error', async () => {
  await expect(database.delete(bytes('nothing'))).resolves.toEqual({ epoch: 0, sequence: 1 });
});

const refused: readonly [string, () => Promise<unknown>, string][] = [
  ['an empty key', () => database.put(bytes(''), bytes('v')), 'INVALID_ARGUMENT'],
  ['an empty key in a read', () => database.get(bytes('')), 'INVALID_ARGUMENT'],
  ['a key that is not bytes', () => database.put('k' as unknown as Uint8Array, bytes('v')), 'INVALID_ARGUMENT'],
  ['a value that is not bytes', () => database.put(bytes('k'), null as unknown as Uint8Array), 'INVALID_ARGUMENT'],
  ['a key that is too long', () => database.put(bytes('123456789'), bytes('v')), 'KEY_TOO_LARGE'],
  ['a value that is too long', () => database.put(bytes('k'), new Uint8Array(17)), 'VALUE_TOO_LARGE'],
  ['a batch of nothing', () => database.write([]), 'INVALID_ARGUMENT'],
  [
    'a batch that is too long',
    () => database.write(['a', 'b', 'c'].map((key) => ({ type: 'put', key: bytes(key), value: new Uint8Array(16) }))),
    'REQUEST_TOO_LARGE',
  ],
  [
    'an operation of another kind',
    () => database.write([{ type: 'merge', key: bytes('k') } as unknown as { type: 'delete'; key: Uint8Array }]),
    'INVALID_ARGUMENT',
  ],
  ['no time to live', () => database.put(bytes('k'), bytes('v'), { ttlMs: 0 }), 'INVALID_ARGUMENT'],
  ['half a millisecond', () => database.put(bytes('k'), bytes('v'), { ttlMs: 1.5 }), 'INVALID_ARGUMENT'],
  ['a thousand years', () => database.put(bytes('k'), bytes('v'), { ttlMs: 3.2e13 }), 'INVALID_ARGUMENT'],
  [
    'a content type with a line break',
    () => database.put(bytes('k'), bytes('v'), { contentType: 'text/plain\r\nx: y' }),
    'INVALID_ARGUMENT',
  ],
  [
    'a content type without end',
    () => database.put(bytes('k'), bytes('v'), { contentType: 'x'.repeat(256) }),
    'INVALID_ARGUMENT',
  ],
  [
    'a condition that is none',
    () => database.put(bytes('k'), bytes('v'), { ifVersion: 'maybe' as 'absent' }),
    'INVALID_ARGUMENT',
  ],
];

for (const [what, call, code] of refused) {
  test(`${what} is refused and nothing is written`, async () => {
    await expect(call()).rejects.toMatchObject({ code });
    expect(database.lastSequence).toBe(0);
  });
}
