import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/base/checksum.js';
import { isCoreCacheError } from '../../../src/base/errors.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { placeOf, writeUint32 } from '../../../src/lsm/sstable/block/block-format.js';
import {
  DATA_FORMAT_VERSION,
  DATA_HEADER_BYTES,
  DATA_MAGIC,
  FRAME_BYTES,
  INDEX_FORMAT_VERSION,
  INDEX_MAGIC,
  writeFrame,
} from '../../../src/lsm/sstable/file-frame.js';
import { PAGE_TRAILER_BYTES } from '../../../src/lsm/sstable/index/index-file.js';
import { HEAD_BYTES, HEADER_BYTES, RECORD_BYTES, START_BYTE } from '../../../src/lsm/sstable/index/page-format.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { verifyTable } from '../../../src/lsm/sstable/verify-table.js';
import { compressions, type Compression } from '../../../src/lsm/tree-options.js';
import { bytesOf, everything, put, randomVersions, seeded } from '../support/model.js';
import { findSync } from '../support/point-reads.js';
import {
  DATA_PATH,
  DIRECTORY,
  INDEX_PATH,
  newFileSystem,
  NUMBER,
  positionsOf,
  replaceFile,
  smallBlocks,
  writeTable,
} from '../support/tables.js';

const versions = randomVersions(seeded(11), 60, 25);
const open = (fileSystem: FileSystem): Table => Table.openSync(fileSystem, DIRECTORY, NUMBER, new BlockCache(0));

async function damaged(
  path: string,
  damage: (bytes: Uint8Array) => Uint8Array,
  compression: Compression = 'none',
): Promise<FileSystem> {
  const fileSystem = await newFileSystem();
  writeTable(fileSystem, versions, { ...smallBlocks, compression });
  replaceFile(fileSystem, path, damage(fileSystem.readFileSync(path).slice()));
  return fileSystem;
}

const flipped = (bit: number) => (bytes: Uint8Array) => {
  bytes[bit >> 3]! ^= 1 << (bit & 7);
  return bytes;
};

/** Reads everything in every way; what comes out is right, or the error is corruption that names a file. */
async function readsRightOrCorrupt(fileSystem: FileSystem): Promise<void> {
  const attempts: (() => unknown)[] = [
    () => expect(everything(open(fileSystem).cursor())).toEqual(versions),
    () => {
      const table = open(fileSystem);
      for (const version of versions) {
        expect(findSync(table, bytesOf(version.key), version.sequence)).toEqual(version);
      }
    },
  ];
  for (const attempt of attempts) {
    try {
      attempt();
    } catch (error) {
      if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
      expect([DATA_PATH, INDEX_PATH]).toContain(error.data['file']);
    }
  }
  await expect(Promise.resolve().then(() => verifyTable(open(fileSystem)))).rejects.toMatchObject({
    code: 'CORRUPTION',
  });
}

describe('a damaged table', () => {
  it.each(compressions)(
    'with any byte of its data file changed reads right or says corruption, and never verifies: compression %s',
    async (compression) => {
      const { length } = (await damaged(DATA_PATH, (bytes) => bytes, compression)).readFileSync(DATA_PATH);
      for (let byte = 0; byte < length; byte++) {
        await readsRightOrCorrupt(await damaged(DATA_PATH, flipped(byte * 8 + (byte % 8)), compression));
      }
    },
  );

  it('with any byte of its index file changed reads right or says corruption, and never verifies', async () => {
    const size = (await damaged(INDEX_PATH, (bytes) => bytes)).readFileSync(INDEX_PATH).length;
    for (let byte = 0; byte < size; byte++) {
      await readsRightOrCorrupt(await damaged(INDEX_PATH, flipped(byte * 8 + (byte % 8))));
    }
  });

  it('with any byte behind the pages of its index file changed says corruption when opened', async () => {
    const sound = await damaged(INDEX_PATH, (bytes) => bytes);
    const { root } = open(sound).index;
    const pagesEnd = root.end(root.childCount - 1);
    for (let byte = pagesEnd; byte < sound.readFileSync(INDEX_PATH).length; byte++) {
      const fileSystem = await damaged(INDEX_PATH, flipped(byte * 8 + (byte % 8)));
      expect(() => open(fileSystem)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
      await expect(Table.open(fileSystem, DIRECTORY, NUMBER, new BlockCache(0))).rejects.toMatchObject({
        code: 'CORRUPTION',
        data: { file: INDEX_PATH },
      });
    }
  });

  it('says which index page is damaged', async () => {
    const sound = await damaged(INDEX_PATH, (bytes) => bytes);
    const offset = open(sound).index.root.position(2);
    const fileSystem = await damaged(INDEX_PATH, flipped((offset + 9) * 8));
    await expect(verifyTable(open(fileSystem))).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: INDEX_PATH, offset },
    });
  });

  it.each([DATA_PATH, INDEX_PATH])('that is cut short is refused: %s', async (path) => {
    const { length } = (await damaged(path, (bytes) => bytes)).readFileSync(path);
    for (const left of [0, 1, 15, 16, 40, length - 1]) {
      const fileSystem = await damaged(path, (bytes) => bytes.slice(0, left));
      expect(() => open(fileSystem)).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
    }
  });

  it('says in which file and at which offset', async () => {
    const fileSystem = await damaged(DATA_PATH, flipped((DATA_HEADER_BYTES + 3) * 8));
    expect(() => everything(open(fileSystem).cursor())).toThrow(
      expect.objectContaining({ code: 'CORRUPTION', data: { file: DATA_PATH, offset: DATA_HEADER_BYTES } }),
    );
  });

  it('a block in the place of another is not taken for it', async () => {
    const fileSystem = await newFileSystem();
    writeTable(fileSystem, versions, { ...smallBlocks, blockBytes: 1, blockRestartInterval: 1 });
    const positions = positionsOf(open(fileSystem));
    const [from, to] = [0, 1].map((i) => (i === 0 ? pairOfEqualLength(positions)[0] : pairOfEqualLength(positions)[1]));
    const bytes = fileSystem.readFileSync(DATA_PATH).slice();
    const block = bytes.slice(positions[from!], positions[from! + 1]);
    bytes.set(block, positions[to!]);
    replaceFile(fileSystem, DATA_PATH, bytes);
    expect(() => everything(open(fileSystem).cursor())).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
  });

  it('whose index says that a block starts after its first key does not verify', async () => {
    const fileSystem = await newFileSystem();
    writeTable(fileSystem, [put('a', 1), put('b', 2)], { ...smallBlocks, blockBytes: 1 });
    await expect(verifyTable(open(fileSystem))).resolves.toBe(2);
    const { root } = open(fileSystem).index;
    const bytes = fileSystem.readFileSync(INDEX_PATH).slice();
    const page = bytes.subarray(0, root.end(0) - PAGE_TRAILER_BYTES);
    const secondRecord = HEADER_BYTES + 2 * HEAD_BYTES + RECORD_BYTES;
    page[secondRecord + START_BYTE] = 'c'.charCodeAt(0);
    writeUint32(bytes, page.length, crc32(page, placeOf(NUMBER, 0)));
    replaceFile(fileSystem, INDEX_PATH, bytes);
    await expect(verifyTable(open(fileSystem))).rejects.toThrow('a block starts after a key that is in it');
  });

  it('an index page in the place of another is not taken for it', async () => {
    const fileSystem = await newFileSystem();
    writeTable(fileSystem, versions, { ...smallBlocks, blockBytes: 1, indexPageBlocks: 1 });
    const { root } = open(fileSystem).index;
    const lengths = Array.from({ length: root.childCount }, (_, i) => root.end(i) - root.position(i));
    const from = lengths.findIndex((length, i) => lengths.indexOf(length, i + 1) > 0);
    const to = lengths.indexOf(lengths[from]!, from + 1);
    const bytes = fileSystem.readFileSync(INDEX_PATH).slice();
    bytes.copyWithin(root.position(to), root.position(from), root.end(from));
    replaceFile(fileSystem, INDEX_PATH, bytes);
    expect(() => open(fileSystem).pages.readSync(to)).toThrow('index page does not match its checksum');
  });

  it('of a newer format is told from a damaged one', async () => {
    const newerIndex = await damaged(INDEX_PATH, (bytes) => {
      writeFrame(bytes, bytes.length - FRAME_BYTES, INDEX_MAGIC, INDEX_FORMAT_VERSION + 1);
      return bytes;
    });
    expect(() => open(newerIndex)).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT' }));
    const newerData = await damaged(DATA_PATH, (bytes) => {
      writeFrame(bytes, 0, DATA_MAGIC, DATA_FORMAT_VERSION + 1);
      return bytes;
    });
    await expect(verifyTable(open(newerData))).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
  });
});

function pairOfEqualLength(positions: readonly number[]): [number, number] {
  for (let a = 0; a < positions.length - 1; a++) {
    for (let b = a + 1; b < positions.length - 1; b++) {
      if (positions[a + 1]! - positions[a]! === positions[b + 1]! - positions[b]!) return [a, b];
    }
  }
  throw new Error('no two blocks of equal length');
}
