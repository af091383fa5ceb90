import { describe, expect, it } from 'vitest';
import { compareBytes } from '../../../../src/base/bytes.js';
import { hashKey } from '../../../../src/base/hash.js';
import { NO_SLOTS } from '../../../../src/lsm/cache/pooled-entry.js';
import { makeBloomBits } from '../../../../src/lsm/sstable/index/bloom-filter.js';
import { IndexPage } from '../../../../src/lsm/sstable/index/index-page.js';
import { encodePage, pageLength, type IndexNote } from '../../../../src/lsm/sstable/index/page-format.js';
import { separatorBetween, startBetween } from '../../../../src/lsm/sstable/index/separators.js';
import { bytesOf, randomKey, seeded } from '../../support/model.js';

const FIRST = 2 ** 40 + 28;

/** A child for each key; two of the same are the versions of one, which go on from child to child. */
function notesOf(keys: readonly Buffer[]): IndexNote[] {
  let end = FIRST;
  return keys.map((key, i) => {
    const [before, next] = [keys[i - 1], keys[i + 1]];
    return {
      separator: next === undefined ? key : separatorBetween(key, next),
      end: (end += 1 + i * 1000),
      start: before && startBetween(before, key),
    };
  });
}

/** As from the pool: with other bytes behind it. */
function pageOf(notes: readonly IndexNote[], hashes?: Uint32Array): IndexPage {
  const page = encodePage(FIRST, notes, hashes && makeBloomBits(hashes, 10));
  const bytes = new Uint8Array(page.length + 33).fill(0xaa);
  bytes.set(page);
  expect(pageLength(bytes)).toBe(page.length);
  return new IndexPage(bytes, page.length, NO_SLOTS, 0, 'index', 0);
}

const random = seeded(31);
const sorted = (keys: readonly string[]): Buffer[] => keys.map(bytesOf).sort(compareBytes);
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const keySets: readonly { readonly name: string; readonly keys: readonly Buffer[] }[] = [
  { name: 'of any kind', keys: sorted(times(200, () => randomKey(random, 3000))) },
  {
    name: 'of any kind, some with versions that go on',
    keys: sorted(times(200, () => randomKey(random, 3000))).flatMap((key, i) =>
      i % 17 === 0 ? [key, key, key] : [key],
    ),
  },
  { name: 'of digits', keys: sorted(times(300, (i) => `user${String(i * 37).padStart(12, '0')}`)) },
  {
    name: 'with a long common start',
    keys: sorted(times(90, (i) => `${'tenant'.repeat(80)}${i % 3}${'x'.repeat(i % 7)}${i}`)),
  },
  { name: 'that differ behind their heads', keys: sorted(times(100, (i) => `a${'same'.repeat(1 + (i % 3))}${i}`)) },
  { name: 'that are short, with zeros', keys: sorted(times(60, (i) => `${'\0'.repeat(i % 9)}${i % 2 ? 'a' : ''}`)) },
  {
    name: 'rich in 0xff',
    keys: sorted(times(120, () => times(random(9), () => (random(4) ? '\xff' : '\xfe')).join(''))),
  },
  { name: 'the empty one alone', keys: sorted(['']) },
  { name: 'one', keys: sorted(['only']) },
  { name: 'one whose versions fill it', keys: sorted(times(20, () => 'k')) },
  { name: 'hundreds of bytes apart', keys: sorted(times(40, (i) => `k${'\xff'.repeat(i * 20)}${i}`)) },
];

describe.each(keySets)('an index page over keys $name', ({ keys }) => {
  const notes = notesOf(keys);
  const page = pageOf(notes);
  /** The keys, and what lies close to them. */
  const probes = keys.flatMap((key) => [
    key,
    key.subarray(0, random(key.length + 1)),
    Buffer.concat([key, bytesOf('\0')]),
    Buffer.concat([key.subarray(0, -1), bytesOf('\xff')]),
    bytesOf(randomKey(random, 3000)),
  ]);

  it('finds the first child that may hold a key, as a look at one separator after the other does', () => {
    for (const key of probes) {
      const expected = notes.findIndex(({ separator }) => compareBytes(separator, key) >= 0);
      expect(page.find(key)).toBe(expected < 0 ? notes.length : expected);
    }
  });

  it('finds the same without a look at what the first key and the last have in common', () => {
    const [first, last] = [keys[0]!, keys.at(-1)!];
    let known = 0;
    while (known < first.length && first[known] === last[known]) known++;
    for (const key of keys) expect(page.find(key, known)).toBe(page.find(key));
  });

  it('has the separators and places that it was made of', () => {
    expect(page.childCount).toBe(notes.length);
    for (const [i, { separator, end }] of notes.entries()) {
      expect(Buffer.from(page.separator(i)).equals(separator)).toBe(true);
      expect([page.position(i), page.end(i)]).toEqual([notes[i - 1]?.end ?? FIRST, end]);
    }
  });

  it('compares separators with any key', () => {
    for (const [i, { separator }] of notes.entries()) {
      for (const key of [separator, ...probes.slice(i, i + 8)]) {
        expect(Math.sign(page.compareSeparator(i, key))).toBe(Math.sign(compareBytes(separator, key)));
      }
    }
  });

  it('compares starts with any key, or knows of none', () => {
    for (const [i, { start }] of notes.entries()) {
      const cut = (notes[i - 1]?.separator.length ?? 0) - (start?.length ?? 0);
      for (const key of [...(start ? [start] : []), ...probes.slice(i, i + 8)]) {
        const expected = start === undefined ? -1 : Math.sign(compareBytes(start, key));
        const order = Math.sign(page.compareStart(i, key));
        if (cut < 200) expect(order).toBe(expected);
        else expect([expected, -1]).toContain(order);
      }
    }
  });

  it('says that no key is before its start nor after its separator', () => {
    for (const [i, key] of keys.entries()) {
      expect(page.compareStart(i, key)).toBeLessThanOrEqual(0);
      expect(page.compareSeparator(i, key)).toBeGreaterThanOrEqual(0);
      const before = keys[i - 1];
      if (before !== undefined && compareBytes(before, key) < 0) {
        expect(page.compareSeparator(i - 1, key)).toBeLessThan(0);
      }
    }
  });
});

describe('an index page', () => {
  it('lets its keys pass, and few others', () => {
    const keys = times(500, (i) => bytesOf(`key${i}`)).sort(compareBytes);
    const hashes = Uint32Array.from(keys, (key) => hashKey(key));
    const page = pageOf(notesOf(keys), hashes);
    expect(keys.every((key) => page.mayContain(hashKey(key)))).toBe(true);
    const passed = times(2000, (i) => page.mayContain(hashKey(bytesOf(`no${i}`)))).filter(Boolean).length;
    expect(passed).toBeLessThan(60);
  });

  it('without a filter lets every key pass', () => {
    expect(pageOf(notesOf(sorted(['a']))).mayContain(hashKey(bytesOf('z')))).toBe(true);
  });

  it('knows what lies between two keys to be empty, but for what is very near to the first', () => {
    const page = pageOf(notesOf(sorted(['user:1:profile', 'user:5:profile'])));
    for (const prefix of ['user:1z', 'user:2', 'user:4:profile']) {
      expect(page.find(bytesOf(prefix))).toBe(1);
      expect(page.compareStart(1, bytesOf(`${prefix}\xff`))).toBeGreaterThan(0);
    }
  });

  it('of the wrong size is corruption', () => {
    const page = encodePage(FIRST, notesOf(sorted(['a', 'b'])), undefined);
    for (const length of [0, 23, page.length - 1]) {
      expect(() => new IndexPage(page, length, NO_SLOTS, 0, 'index', 0)).toThrow(
        expect.objectContaining({ code: 'CORRUPTION' }),
      );
    }
  });
});
