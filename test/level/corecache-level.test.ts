import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CoreCacheLevel } from '../../src/level/corecache-level.js';
import { TemporaryLevels } from './temporary-level.js';

const levels = new TemporaryLevels();
afterAll(() => levels.remove());

/** Codes of an error and of its causes, outermost first. */
async function codesOf(promise: Promise<unknown>): Promise<unknown[]> {
  const codes: unknown[] = [];
  const caught: unknown = await promise.then(
    () => new Error('was expected to fail'),
    (error: unknown) => error,
  );
  for (let error: unknown = caught; error instanceof Error; error = error.cause) {
    codes.push((error as { code?: unknown }).code ?? error.message);
  }
  return codes;
}

describe('a place', () => {
  it('is kept over closing and opening again, in every shape of data', async () => {
    const level = levels.make<string, unknown>({ valueEncoding: 'json' });
    await level.put('a', { deep: [1, 2] });
    await level.sublevel('users').put('', 'the empty key of a sublevel');
    await level.put('', 'the empty key');
    await level.close();

    const again = new CoreCacheLevel<string, unknown>(level.location, { valueEncoding: 'json' });
    expect(await again.get('a')).toEqual({ deep: [1, 2] });
    expect(await again.get('')).toBe('the empty key');
    expect(await again.keys().all()).toEqual(['', '!users!', 'a']);
    await again.close();
  });

  it('is a string', () => {
    expect(() => new CoreCacheLevel('')).toThrow(TypeError);
    expect(() => new CoreCacheLevel(undefined as never)).toThrow(TypeError);
  });

  it('is open once: LEVEL_LOCKED', async () => {
    const level = levels.make();
    await level.open();
    const other = new CoreCacheLevel(level.location);
    expect(await codesOf(other.open())).toEqual(['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_LOCKED', 'LOCKED', 'LOCKED']);
    await level.close();
    await other.open();
    await other.close();
  });

  it('is not taken when something else is there', async () => {
    await writeFile(join(levels.directory, 'something.txt'), 'else');
    const level = new CoreCacheLevel(levels.directory);
    expect((await codesOf(level.open())).slice(0, 3)).toEqual([
      'LEVEL_DATABASE_NOT_OPEN',
      'LEVEL_INVALID_ARGUMENT',
      'NOT_A_DATABASE',
    ]);
  });

  it('that is damaged is LEVEL_CORRUPTION', async () => {
    const level = levels.make();
    await level.open();
    await level.close();
    await writeFile(join(level.location, 'IDENTITY'), 'nonsense');
    expect((await codesOf(level.open())).slice(0, 3)).toEqual([
      'LEVEL_DATABASE_NOT_OPEN',
      'LEVEL_CORRUPTION',
      'CORRUPTION',
    ]);
  });
});

describe('options', () => {
  it('have the names of classic-level, or those of the database', async () => {
    const level = levels.make({
      cacheSize: 1024 * 1024,
      writeBufferSize: 64 * 1024,
      blockSize: 512,
      database: { valueBytesMax: 100, keyBytesMax: 10 },
    });
    expect(await codesOf(level.put('k', 'v'.repeat(101)))).toEqual(['LEVEL_INVALID_VALUE', 'VALUE_TOO_LARGE']);
    expect(await codesOf(level.put('k'.repeat(11), ''))).toEqual(['LEVEL_INVALID_KEY', 'KEY_TOO_LARGE']);
    await level.close();
  });

  it('with a value that cannot be are refused', async () => {
    const level = levels.make({ blockSize: -1 });
    expect(await codesOf(level.open())).toEqual([
      'LEVEL_DATABASE_NOT_OPEN',
      'LEVEL_INVALID_ARGUMENT',
      'INVALID_ARGUMENT',
    ]);
    expect(existsSync(level.location)).toBe(false);
  });

  it('sync: a write waits for the device only when it asks to, or the database was told to', async () => {
    const level = levels.make();
    await level.open();
    const syncsOf = async (write: () => Promise<void>): Promise<number> => {
      const before = level.database.stats().log.syncCount;
      await write();
      return level.database.stats().log.syncCount - before;
    };
    expect(await syncsOf(() => level.put('a', '1'))).toBe(0);
    expect(await syncsOf(() => level.put('a', '1', { sync: true }))).toBe(1);
    expect(await syncsOf(() => level.del('a'))).toBe(0);
    expect(await syncsOf(() => level.del('a', { sync: true }))).toBe(1);
    expect(await syncsOf(() => level.batch([{ type: 'put', key: 'b', value: '2' }]))).toBe(0);
    expect(await syncsOf(() => level.batch([{ type: 'put', key: 'b', value: '2' }], { sync: true }))).toBe(1);
    expect(await syncsOf(() => level.batch().put('c', '3').write({ sync: true }))).toBe(1);
    await level.close();

    const careful = new CoreCacheLevel(level.location, { database: { durability: 'fsync' } });
    await careful.open();
    const before = careful.database.stats().log.syncCount;
    await careful.put('a', '1');
    expect(careful.database.stats().log.syncCount - before).toBe(1);
    await careful.close();
  });
});

describe('over tables on disk', () => {
  const level = levels.make({ database: { cacheBytesMax: 0 } });
  const key = (i: number): string => `k${String(i).padStart(4, '0')}`;

  beforeAll(async () => {
    await level.batch(Array.from({ length: 2000 }, (_, i) => ({ type: 'put', key: key(i), value: String(i) })));
    await level.put('', 'empty');
    await level.database.flush();
  });
  afterAll(() => level.close());

  it('reads one, many, and whether there is one', async () => {
    expect(level.getSync(key(7))).toBe('7');
    expect(await level.get('')).toBe('empty');
    expect(await level.getMany([key(1), 'none', key(1999)])).toEqual(['1', undefined, '1999']);
    expect(await level.hasMany([key(1), 'none'])).toEqual([true, false]);
    expect(await level.has('none')).toBe(false);
  });

  it('reads many as of one moment', async () => {
    const reading = level.getMany([key(10), key(11)]);
    await level.batch([
      { type: 'put', key: key(10), value: 'later' },
      { type: 'put', key: key(11), value: 'later' },
    ]);
    expect(await reading).toEqual(['10', '11']);
  });

  it('seeks forward, back, past the end and before the start, also after the end was reached', async () => {
    const iterator = level.keys({ gte: key(100), lt: key(200) });
    expect(await iterator.next()).toBe(key(100));
    iterator.seek(key(150));
    expect(await iterator.nextv(2)).toEqual([key(150), key(151)]);
    iterator.seek(key(500));
    expect(await iterator.next()).toBeUndefined();
    iterator.seek(key(0));
    expect(await iterator.next()).toBe(key(100));
    await iterator.close();

    const backwards = level.keys({ gt: key(100), lte: key(200), reverse: true });
    backwards.seek(key(500));
    expect(await backwards.next()).toBe(key(200));
    backwards.seek(`${key(150)}x`);
    expect(await backwards.nextv(2)).toEqual([key(150), key(149)]);
    backwards.seek('');
    expect(await backwards.next()).toBeUndefined();
    await backwards.close();
  });

  it('shows the moment at which the iterator was made, also after a seek', async () => {
    const iterator = level.values({ gte: key(300), limit: 3 });
    await level.put(key(301), 'changed');
    await level.database.flush();
    expect(await iterator.next()).toBe('300');
    iterator.seek(key(301));
    expect(await iterator.nextv(10)).toEqual(['301', '302']);
    await iterator.close();
  });

  it('gives back what iterators and snapshots hold', async () => {
    const snapshot = level.snapshot();
    const abandoned = level.iterator({ snapshot });
    await abandoned.next();
    abandoned.seek(key(5));
    await abandoned.next();
    abandoned.seek(key(1));
    const own = level.iterator();
    await own.next();
    expect(level.database.stats()).toMatchObject({ openSnapshots: 2, openScans: 2 });
    await Promise.all([abandoned.close(), own.close()]);
    await snapshot.close();
    expect(level.database.stats()).toMatchObject({ openSnapshots: 0, openScans: 0 });
  });

  it('clears a range of many writes, and leaves the rest', async () => {
    await level.clear({ gte: key(400), lt: key(1800) });
    expect(await level.keys({ gte: key(398), limit: 4 }).all()).toEqual([key(398), key(399), key(1800), key(1801)]);
    await level.clear({ gte: key(1990), reverse: true, limit: 2 });
    expect(await level.keys({ gte: key(1996) }).all()).toEqual([key(1996), key(1997)]);
  });

  it('compacts a range, also one asked for before the database is open', async () => {
    await level.compactRange(key(0), key(9999));
    const opening = levels.make();
    await opening.compactRange('a', 'b');
    expect(opening.status).toBe('open');
    await opening.close();
    expect(await level.get(key(20))).toBe('20');
    expect((await level.database.verify()).problems).toEqual([]);
  });
});

it('a closed database answers LEVEL_DATABASE_NOT_OPEN', async () => {
  const level = levels.make();
  await level.open();
  await level.close();
  expect(await codesOf(level.get('a'))).toEqual(['LEVEL_DATABASE_NOT_OPEN']);
  expect(await codesOf(level.compactRange('a', 'b'))).toEqual(['LEVEL_DATABASE_NOT_OPEN']);
  expect(() => level.database).toThrow(expect.objectContaining({ code: 'LEVEL_DATABASE_NOT_OPEN' }));
});

describe('a value that is kept apart, and damaged', () => {
  it('is in the way of none who asks for keys only', async () => {
    const level = levels.make();
    await level.batch(['a', 'b'].map((key) => ({ type: 'put', key, value: key.repeat(20_000) })));
    await level.database.flush();
    await damageValues(level.location);

    await expect(level.get('a')).rejects.toThrow();
    expect(await level.has('a')).toBe(true);
    expect(await level.hasMany(['a', 'x', 'b'])).toEqual([true, false, true]);
    expect(await level.keys().all()).toEqual(['a', 'b']);
    await level.clear({ gt: 'a' });
    expect(await level.keys().all()).toEqual(['a']);
    await level.close();
  });
});

async function damageValues(location: string): Promise<void> {
  const names = await readdir(location, { recursive: true });
  const paths = names.filter((name) => name.endsWith('.values')).map((name) => join(location, name));
  expect(paths).not.toEqual([]);
  for (const path of paths) {
    const content = await readFile(path);
    await writeFile(path, content.fill('?', 1000));
  }
}
