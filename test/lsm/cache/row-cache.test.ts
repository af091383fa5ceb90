import { describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { CacheEntry } from '../../../src/lsm/cache/cache-entry.js';
import { RowCache } from '../../../src/lsm/cache/row-cache.js';
import { Entry, Operation, ValuePlace } from '../../../src/lsm/entry.js';
import { seeded } from '../support/model.js';

const MIB = 1024 * 1024;
const LATEST = Number.MAX_SAFE_INTEGER;

/** As a search of the tables would: asks the rows, and tells them what the tables have. */
class Reader {
  readonly cache: BlockCache;
  readonly rows: RowCache;
  tablesSequence = 100;

  constructor(cacheBytesMax = MIB) {
    this.cache = new BlockCache(cacheBytesMax);
    this.rows = new RowCache(this.cache);
  }

  /** What a row says; `undefined` when the tables are asked, and then told to have `entry`. */
  read(key: string, entry: Entry, atSequence = LATEST): string | undefined {
    const bytes = Buffer.from(key);
    const shown = new Entry();
    if (this.rows.find(bytes, hashKey(bytes), atSequence, this.tablesSequence, shown)) return textOf(shown);
    this.rows.offer(bytes, hashKey(bytes), atSequence, this.tablesSequence, entry);
    return undefined;
  }

  /** So often that there is a row, if there can be one. */
  warm(key: string, entry: Entry, times = 20): string | undefined {
    let shown: string | undefined;
    for (let i = 0; i < times; i++) shown = this.read(key, entry);
    return shown;
  }
}

function entryOf(value: string, fields: Partial<Entry> = {}): Entry {
  const valueBytes = Buffer.from(`..${value}..`);
  const entry = new Entry();
  return Object.assign(entry, { valueBytes, valueStart: 2, valueEnd: valueBytes.length - 2, sequence: 7, ...fields });
}

function textOf({ valueBytes, valueStart, valueEnd }: Entry): string {
  return Buffer.from(valueBytes.subarray(valueStart, valueEnd)).toString();
}

class Pinned extends CacheEntry {
  override evict(): boolean {
    return false;
  }
}

describe('a row', () => {
  it('is there for a key that is looked for again and again', () => {
    const reader = new Reader();
    expect(reader.warm('key', entryOf('value'))).toBe('value');
    expect(reader.cache.stats().rowHits).toBeGreaterThan(0);
  });

  it('shows all that the table has shown', () => {
    const reader = new Reader();
    const entry = entryOf('', { sequence: 2 ** 52 + 1, epoch: 2 ** 33, writtenAtMs: 1.7e12, expiresAtMs: 1.8e12 });
    entry.contentType = 'text/plain';
    reader.warm('other', entryOf('', { contentType: 'image/png' }));
    reader.warm('k', entry);
    const shown = new Entry();
    const key = Buffer.from('k');
    expect(reader.rows.find(key, hashKey(key), LATEST, reader.tablesSequence, shown)).toBe(true);
    expect(shown).toMatchObject({
      keyBytes: key,
      keyStart: 0,
      keyEnd: 1,
      sequence: 2 ** 52 + 1,
      epoch: 2 ** 33,
      operation: Operation.put,
      writtenAtMs: 1.7e12,
      expiresAtMs: 1.8e12,
      contentType: 'text/plain',
      valuePlace: ValuePlace.inline,
    });
    expect(textOf(shown)).toBe('');
  });

  it('is void when tables go further', () => {
    const reader = new Reader();
    reader.warm('key', entryOf('old'));
    reader.tablesSequence++;
    expect(reader.read('key', entryOf('new'))).toBeUndefined();
    expect(reader.warm('key', entryOf('new'))).toBe('new');
  });

  it('is passed by for a snapshot that does not see all that is in tables', () => {
    const reader = new Reader();
    reader.warm('key', entryOf('new'));
    expect(reader.read('key', entryOf('old'), reader.tablesSequence - 1)).toBeUndefined();
    expect(reader.read('key', entryOf('new'), reader.tablesSequence)).toBe('new');
  });

  it('is not made of what such a snapshot sees', () => {
    const reader = new Reader();
    for (let i = 0; i < 20; i++) reader.read('key', entryOf('old'), reader.tablesSequence - 1);
    expect(reader.read('key', entryOf('new'))).toBeUndefined();
  });

  it.each([
    ['a delete', { operation: Operation.delete }],
    ['a value in a value file', { valuePlace: ValuePlace.separate }],
    ['a value that the reader was given', { valuePlace: ValuePlace.own }],
  ])('is not made of %s', (_what, fields) => {
    expect(new Reader().warm('key', entryOf('value', fields))).toBeUndefined();
  });

  it('is not made of a long value', () => {
    const reader = new Reader(64 * MIB);
    expect(reader.warm('long', entryOf('v'.repeat(4096)), 2000)).toBeUndefined();
    expect(reader.warm('key', entryOf('v'.repeat(4000)), 2000)).toBe('v'.repeat(4000));
  });

  it('is not made of values with ever more content types', () => {
    const reader = new Reader(64 * MIB);
    // Memory for rows is worth it after so many looks.
    reader.warm('first', entryOf('value'), 1000);
    const shown = Array.from({ length: 300 }, (_, i) =>
      reader.warm(`key${i}`, entryOf('value', { contentType: `type/${i}` })),
    );
    expect(shown.filter((value) => value === 'value')).toHaveLength(255);
    expect(reader.warm('key0', entryOf('value', { contentType: 'type/0' }))).toBe('value');
  });

  it('stands for its key alone', () => {
    const reader = new Reader(64 * 1024);
    const keys = Array.from({ length: 400 }, (_, i) => `key${i}`);
    for (let round = 0; round < 10; round++) {
      for (const key of keys) {
        for (let look = 0; look < 3; look++) {
          const shown = reader.read(key, entryOf(`value of ${key}`));
          if (shown !== undefined) expect(shown).toBe(`value of ${key}`);
        }
      }
    }
    expect(reader.cache.stats().rowHits).toBeGreaterThan(1000);
  });
});

describe('rows', () => {
  it('take no memory for keys that are looked for once', () => {
    const reader = new Reader();
    for (let i = 0; i < 100_000; i++) reader.read(`key${i}`, entryOf('value'));
    expect(reader.cache.bytes).toBe(0);
  });

  it('count in the cache', () => {
    const reader = new Reader();
    reader.warm('key', entryOf('value'));
    expect(reader.cache.bytes).toBe(MIB / 32 + 4 * (MIB / 32 / 64));
    reader.rows.close();
    expect(reader.cache.bytes).toBe(0);
  });

  it('are given up when the cache needs room and nobody uses them', () => {
    const reader = new Reader();
    reader.warm('key', entryOf('value'));
    for (let i = 0; i < 3; i++) reader.cache.insert(new Pinned(MIB / 2));
    expect(reader.read('key', entryOf('value'))).toBeUndefined();
    expect(reader.warm('key', entryOf('value'))).toBeUndefined();
  });

  it('come again after that', () => {
    const reader = new Reader();
    reader.warm('key', entryOf('before'));
    reader.rows.close();
    expect(reader.warm('key', entryOf('after'))).toBe('after');
  });

  it.each([0, 1024, 16 * 1024])('are none in a cache of %d bytes', (cacheBytesMax) => {
    const reader = new Reader(cacheBytesMax);
    expect(reader.warm('key', entryOf('value'))).toBeUndefined();
    expect(reader.cache.bytes).toBe(0);
  });

  it('that were used stay when another key comes once', () => {
    const reader = new Reader(32 * 1024);
    reader.warm('hot', entryOf('value'));
    // Sixteen slots: one of these takes that of the row.
    for (let i = 0; i < 16; i++) reader.read(`cold${i}`, entryOf('value'));
    expect(reader.read('hot', entryOf('value'))).toBe('value');
  });

  it('show what tables have, whatever was looked for, written and dropped before', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seeded(seed);
      const reader = new Reader((32 * 1024) << random(4));
      const tables = new Map<string, string>();
      let hits = 0;
      for (let step = 0; step < 5000; step++) {
        if (random(400) === 0) {
          for (let i = 0; i < 20; i++) tables.set(`k${random(60)}`, `${'x'.repeat(random(90))}${step}`);
          reader.tablesSequence++;
        }
        if (random(1000) === 0) reader.rows.close();
        const key = `k${random(random(60) + 1)}`;
        const value = tables.get(key);
        const expected = value === undefined ? entryOf('', { operation: Operation.delete }) : entryOf(value);
        const shown = reader.read(key, expected);
        if (shown === undefined) continue;
        hits++;
        expect(shown, `seed ${seed}, step ${step}`).toBe(value);
      }
      expect(hits).toBeGreaterThan(100);
    }
  });
});
