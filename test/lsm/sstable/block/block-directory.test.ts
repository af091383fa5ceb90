import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../../src/lsm/cache/block-cache.js';
import type { Block } from '../../../../src/lsm/sstable/block/block.js';
import { directoryStart } from '../../../../src/lsm/sstable/block/block-directory.js';
import {
  BLOCK_TRAILER_BYTES,
  storedDirectoryEnd,
  writeBlockTrailer,
} from '../../../../src/lsm/sstable/block/block-format.js';
import type { EntryCoder } from '../../../../src/lsm/sstable/block/entry-coder.js';
import { DATA_HEADER_BYTES } from '../../../../src/lsm/sstable/file-frame.js';
import { Table } from '../../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../../src/lsm/sstable/verify-table.js';
import { bytesOf, del, inOrder, put, seeded, type Version } from '../../support/model.js';
import { findSync, loadBlock, runOf } from '../../support/point-reads.js';
import {
  DATA_PATH,
  DIRECTORY,
  newFileSystem,
  NUMBER,
  replaceFile,
  smallBlocks,
  writeTable,
} from '../../support/tables.js';

const LATEST = Number.MAX_SAFE_INTEGER;
/** More than it takes until a block without a directory gets one. */
const LOOKS = 6;
/** With values so large a directory is a small part of a block, and stored with it; with small ones it is not. */
const LARGE = 'v'.repeat(60);

async function tableOf(versions: readonly Version[], blockBytes = 300, mappedBytesMax = 0): Promise<Table> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, { ...smallBlocks, blockBytes, bloomBitsPerKey: 0 });
  return Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(1024 * 1024, mappedBytesMax));
}

async function firstBlockOf(versions: readonly Version[], blockBytes?: number): Promise<[Block, EntryCoder]> {
  const table = await tableOf(versions, blockBytes);
  return [table.blocks.readSync(runOf(table, 0)), table.coder];
}

/** Whether the first block of a table of these can have a directory, which its values are too small to have stored. */
async function canHaveDirectory(versions: readonly Version[], blockBytes?: number): Promise<boolean> {
  const [block, coder] = await firstBlockOf(versions, blockBytes);
  expect(block.hasDirectory).toBe(false);
  block.makeDirectory(coder);
  return block.hasDirectory;
}

async function hasStoredDirectory(versions: readonly Version[], blockBytes = 1200): Promise<boolean> {
  const [block, coder] = await firstBlockOf(versions, blockBytes);
  if (block.hasDirectory) expect(block.hasSoundDirectory(coder)).toBe(true);
  return block.hasDirectory;
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

const shapes = Object.entries(keysByShape).flatMap(([name, keys]) => [
  { name, keys, value: undefined, directories: 'made in memory', mappedBytesMax: 0 },
  { name, keys, value: LARGE, directories: 'stored', mappedBytesMax: 0 },
  { name, keys, value: LARGE, directories: 'stored, in a mapped file', mappedBytesMax: 1 << 24 },
  { name, keys, value: undefined, directories: 'none, in a mapped file', mappedBytesMax: 1 << 24 },
]);

describe.each(shapes)('blocks with keys of $name, directories $directories', ({ keys, value, mappedBytesMax }) => {
  const versions = putEach([...new Set(keys)], value);

  async function table(): Promise<Table> {
    const made = await tableOf(versions, 600, mappedBytesMax);
    if (mappedBytesMax === 0) return made;
    for (let number = 0; number < made.blockCount; number++) await loadBlock(made, number);
    await new Promise(setImmediate);
    expect(made.blocks.mapped).toBeDefined();
    return made;
  }

  it('find every key', async () => {
    const asked = await table();
    for (let look = 0; look < LOOKS; look++) {
      for (const version of versions) expect(findSync(asked, bytesOf(version.key), LATEST)).toEqual(version);
    }
  });

  it('find no key that is not there', async () => {
    const asked = await table();
    const present = new Set(keys);
    const others = keys
      .flatMap((key) => [`${key}\0`, `${key}z`, key.slice(0, -1), `${key.slice(0, -1)}\xff`, `\0${key.slice(1)}`])
      .filter((key) => key !== '' && !present.has(key));
    for (let look = 0; look < LOOKS; look++) {
      for (const key of others) expect(findSync(asked, bytesOf(key), LATEST)).toBeUndefined();
    }
  });
});

describe('a block that is asked again and again', () => {
  it('shows the newest version at or below the sequence, whichever block it is in', async () => {
    const versionsWith = (value?: string): Version[] =>
      decimals.flatMap((key, i) =>
        i % 5 === 0
          ? Array.from({ length: 9 }, (_, age) => put(key, 1000 * i + 9 - age, value))
          : [del(key, 1000 * i + 1)],
      );
    for (const [blockBytes, versions] of [
      [1, versionsWith()],
      [60, versionsWith()],
      [300, versionsWith()],
      [1, versionsWith(LARGE)],
      [150, versionsWith(LARGE)],
    ] as const) {
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
    expect(await canHaveDirectory(putEach(decimals))).toBe(true);
    expect(await canHaveDirectory(putEach(keysByShape['random bytes']!))).toBe(true);
    expect(await canHaveDirectory(putEach(keysByShape['a long common beginning']!, 'v'), 1010)).toBe(true);
  });

  it('is not made of two versions of one key', async () => {
    expect(await canHaveDirectory([put('a', 1), put('b', 3), put('b', 2), put('c', 4)])).toBe(false);
  });

  it('is not made where zeros at the end make the difference', async () => {
    expect(await canHaveDirectory(putEach(['a', 'b', 'b\0', 'c']))).toBe(false);
  });

  it('is not made where keys differ only later', async () => {
    expect(await canHaveDirectory(putEach(['a', 'b12341', 'b12342', 'c']))).toBe(false);
  });

  it('is not made of a longer common beginning than it has room to say', async () => {
    expect(await canHaveDirectory(putEach(keysByShape['too long a common beginning']!, 'v'), 1010)).toBe(false);
  });

  it('is stored with the block where it is a small part of it, and can be made', async () => {
    expect(await hasStoredDirectory(putEach(decimals, LARGE))).toBe(true);
    expect(await hasStoredDirectory(putEach(decimals, 'v'))).toBe(false);
    expect(await hasStoredDirectory(putEach(['a', 'b12341', 'b12342', 'c'], LARGE))).toBe(false);
  });

  it('is not stored in a table that may be compressed', async () => {
    const fileSystem = await newFileSystem();
    const shape = { ...smallBlocks, blockBytes: 1200, compression: 'fast' } as const;
    writeTable(fileSystem, putEach(decimals, LARGE), shape);
    const table = Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(1024 * 1024));
    expect(table.blocks.readSync(runOf(table, 0)).hasDirectory).toBe(false);
  });

  it('is not made where the memory of the block has no room for it', async () => {
    // So large that it is not stored, for four entries leave it no room in an eighth of theirs.
    const keys = decimals.slice(0, 4).map((key) => 'k'.repeat(180) + key);
    const roomFor = async (valueBytes: number): Promise<boolean> => {
      const [block, coder] = await firstBlockOf(putEach(keys, 'v'.repeat(valueBytes)), 2000);
      expect(block.hasDirectory).toBe(false);
      block.makeDirectory(coder);
      return block.hasDirectory;
    };
    const room = await Promise.all(Array.from({ length: 60 }, (_, i) => roomFor(60 + i * 3)));
    expect(new Set(room)).toEqual(new Set([true, false]));
  });
});

describe('a damaged directory', () => {
  const versions = putEach(decimals.slice(0, 8), LARGE);

  /** The bytes of the one block, with a checksum that says that they are right. */
  async function tableWith(change: (block: Uint8Array, directoryEnd: number) => void): Promise<Table> {
    const fileSystem = await newFileSystem();
    writeTable(fileSystem, versions, { ...smallBlocks, blockBytes: 4096 });
    const bytes = Uint8Array.from(fileSystem.readFileSync(DATA_PATH));
    const block = bytes.subarray(DATA_HEADER_BYTES);
    const end = block.length - BLOCK_TRAILER_BYTES;
    change(block, storedDirectoryEnd(block, end));
    writeBlockTrailer(block, end, 0, NUMBER, DATA_HEADER_BYTES);
    replaceFile(fileSystem, DATA_PATH, bytes);
    return Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(1024 * 1024));
  }

  it.each([
    ['an offset', (block: Uint8Array, end: number) => (block[directoryStart(block, end) + 4]! ^= 1)],
    ['a head', (block: Uint8Array, end: number) => (block[directoryStart(block, end)]! ^= 1)],
    ['what all keys begin with', (block: Uint8Array, end: number) => (block[end - 4]! ^= 1)],
  ])('is found by verify: %s', async (_what, change) => {
    await expect(verifyTable(await tableWith(change))).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: DATA_PATH, offset: DATA_HEADER_BYTES },
    });
  });

  it('leads nowhere but to an error or to no answer', async () => {
    const random = seeded(3);
    for (let round = 0; round < 400; round++) {
      const table = await tableWith((block, end) => {
        const start = directoryStart(block, end);
        for (let i = 0; i < 3; i++) block[start + random(end - start)] = random(256);
      });
      for (const version of versions) {
        try {
          const found = findSync(table, bytesOf(version.key), LATEST);
          if (found !== undefined) expect(found).toEqual(version);
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPTION' });
        }
      }
    }
  });
});
