import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import { makeHeads } from '../../../../src/lsm/sstable/block/block-heads.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { bytesOf, del, inOrder, put, seeded, type Version } from '../../support/model.js';
import { findSync, runOf } from '../../support/point-reads.js';
import { DIRECTORY, newFileSystem, NUMBER, smallBlocks, writeTable } from '../../support/tables.js';

const LATEST = Number.MAX_SAFE_INTEGER;
/** More than it takes until a block gets its directory. */
const LOOKS = 6;

async function tableOf(versions: readonly Version[], blockBytes = 300): Promise<Table> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, { ...smallBlocks, blockBytes, bloomBitsPerKey: 0 });
  return Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(1024 * 1024));
}

/** Whether the first block of a table of these can have a directory. */
async function canHaveHeads(versions: readonly Version[], blockBytes?: number): Promise<boolean> {
  const table = await tableOf(versions, blockBytes);
  return makeHeads(table.blocks.readSync(runOf(table, 0)), table.coder);
}

function putEach(keys: readonly string[], value?: string): Version[] {
  return keys.map((key, i) => put(key, i + 1, value)).toSorted(inOrder);
}

const decimals = Array.from({ length: 300 }, (_, i) => String(i * 7).padStart(16, '0'));

const random = seeded(1);
const randomBytes = (length: number): string => String.fromCharCode(...Array.from({ length }, () => random(256)));

const keysByShape: Readonly<Record<string, readonly string[]>> = {
  'decimal numbers': decimals,
  'random bytes': Array.from({ length: 300 }, () => randomBytes(16)),
  'every length': Array.from({ length: 300 }, (_, i) => randomBytes(1 + (i % 40))),
  'two bytes, which often share a head': Array.from({ length: 60_000 }, (_, i) =>
    String.fromCharCode(i >> 8, i & 255),
  ).filter((_, i) => i % 97 === 0),
  'zeros at the end': Array.from({ length: 200 }, (_, i) => `k${i >> 3}${'\0'.repeat(i & 7)}`),
  'a long common beginning': decimals.map((key) => 'x'.repeat(230) + key),
  'too long a common beginning': decimals.map((key) => 'x'.repeat(270) + key),
};

describe.each(Object.entries(keysByShape))('blocks that are asked again and again, with keys of %s', (_name, keys) => {
  const versions = putEach([...new Set(keys)]);

  it('find every key', async () => {
    const table = await tableOf(versions);
    for (let look = 0; look < LOOKS; look++) {
      for (const version of versions) expect(findSync(table, bytesOf(version.key), LATEST)).toEqual(version);
    }
  });

  it('find no key that is not there', async () => {
    const table = await tableOf(versions);
    const present = new Set(keys);
    const others = keys
      .flatMap((key) => [`${key}\0`, `${key}z`, key.slice(0, -1), `${key.slice(0, -1)}\xff`, `\0${key.slice(1)}`])
      .filter((key) => key !== '' && !present.has(key));
    for (let look = 0; look < LOOKS; look++) {
      for (const key of others) expect(findSync(table, bytesOf(key), LATEST)).toBeUndefined();
    }
  });
});

describe('a block that is asked again and again', () => {
  it('shows the newest version at or below the sequence, whichever block it is in', async () => {
    const versions = decimals.flatMap((key, i) =>
      i % 5 === 0 ? Array.from({ length: 9 }, (_, age) => put(key, 1000 * i + 9 - age)) : [del(key, 1000 * i + 1)],
    );
    for (const blockBytes of [1, 60, 300]) {
      const table = await tableOf(versions, blockBytes);
      for (let look = 0; look < LOOKS; look++) {
        for (const { key, sequence } of versions) {
          for (const atSequence of [sequence, sequence - 1]) {
            const expected = versions.find((version) => version.key === key && version.sequence <= atSequence);
            expect(findSync(table, bytesOf(key), atSequence)).toEqual(expected);
          }
        }
      }
    }
  });
});

describe('a directory of a block', () => {
  it('is made where four bytes tell the keys apart', async () => {
    expect(await canHaveHeads(putEach(decimals))).toBe(true);
    expect(await canHaveHeads(putEach(keysByShape['random bytes']!))).toBe(true);
    expect(await canHaveHeads(putEach(keysByShape['a long common beginning']!, 'v'), 1010)).toBe(true);
  });

  it('is not made of two versions of one key', async () => {
    expect(await canHaveHeads([put('a', 1), put('b', 3), put('b', 2), put('c', 4)])).toBe(false);
  });

  it('is not made where zeros at the end make the difference', async () => {
    expect(await canHaveHeads(putEach(['a', 'b', 'b\0', 'c']))).toBe(false);
  });

  it('is not made where keys differ only later', async () => {
    expect(await canHaveHeads(putEach(['a', 'b12341', 'b12342', 'c']))).toBe(false);
  });

  it('is not made of a longer common beginning than it has room to say', async () => {
    expect(await canHaveHeads(putEach(keysByShape['too long a common beginning']!, 'v'), 1010)).toBe(false);
  });

  it('is not made where the memory of the block has no room for it', async () => {
    const keys = decimals.slice(0, 4);
    expect(await canHaveHeads(putEach(keys, 'v'.repeat(220)), 900)).toBe(true);
    expect(await canHaveHeads(putEach(keys, 'v'.repeat(235)), 900)).toBe(false);
  });
});
