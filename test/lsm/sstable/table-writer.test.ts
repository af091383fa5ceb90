import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { toFileNumber } from '../../../src/base/numbers.js';
import { PowerCut, type CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { keepAll, keepNone } from '../../../src/env/simulated/crash-choice.js';
import { NodeFileSystem } from '../../../src/env/node-file-system.js';
import { BlockCache } from '../../../src/lsm/cache/block-cache.js';
import { Operation } from '../../../src/lsm/entry.js';
import { Table } from '../../../src/lsm/sstable/table.js';
import { TableWriter } from '../../../src/lsm/sstable/table-writer.js';
import { verifyTable } from '../../../src/lsm/sstable/verify-table.js';
import {
  ArrayCursor,
  bytesOf,
  entryOf,
  everything,
  firstDifference,
  put,
  randomVersions,
  seeded,
  type Version,
} from '../support/model.js';
import { findSync } from '../support/point-reads.js';
import { DATA_PATH, DIRECTORY, INDEX_PATH, newFileSystem, NUMBER, smallBlocks, writeTable } from '../support/tables.js';

const newWriter = (fileSystem: CrashableFileSystem): TableWriter =>
  new TableWriter({ fileSystem, directory: DIRECTORY, fileNumber: NUMBER, options: smallBlocks });

/** The table of `fixtures/`, which programs of every later version must read. */
export const fixtureVersions: readonly Version[] = [
  { ...put('apple', 11, 'red'), contentType: 'text/plain' },
  put('apple', 3, 'green'),
  { ...put('apricot', 12, ''), epoch: 2 },
  { ...put('banana', 5, ''), operation: Operation.delete },
  { ...put('cherry', 20, 'x'.repeat(200)), expiresAtMs: 1_800_000_000_000, writtenAtMs: 1_600_000_000_000 },
];
const fixtureOptions = { ...smallBlocks, blockBytes: 60, blockRestartInterval: 2, indexPageBlocks: 1 };
const fixturesOf = (name: string): string => fileURLToPath(new URL(`../../fixtures/table-${name}`, import.meta.url));

describe('writing a table', () => {
  it('uses temporary names, syncs both files, renames them, and syncs the directory', async () => {
    const fileSystem = await newFileSystem();
    const before = fileSystem.calls.length;
    writeTable(fileSystem, [put('a', 1)]);
    expect(fileSystem.calls.slice(before)).toEqual([
      `create ${DATA_PATH}.tmp`,
      `write ${DATA_PATH}.tmp`,
      `sync ${DATA_PATH}.tmp`,
      `create ${INDEX_PATH}.tmp`,
      `write ${INDEX_PATH}.tmp`,
      `sync ${INDEX_PATH}.tmp`,
      `rename ${DATA_PATH}.tmp`,
      `rename ${INDEX_PATH}.tmp`,
      `syncDirectory ${DIRECTORY}`,
    ]);
  });

  it('a finished table survives a power cut; a cut before that leaves nothing that reads wrong', async () => {
    const versions = randomVersions(seeded(1), 300);
    const whole = await newFileSystem();
    writeTable(whole, versions);
    for (let call = 3; call <= whole.callCount + 1; call++) {
      const fileSystem = await newFileSystem();
      fileSystem.cutPowerAt(call);
      let isFinished = false;
      try {
        writeTable(fileSystem, versions);
        isFinished = true;
      } catch (error) {
        expect(error).toBeInstanceOf(PowerCut);
      }
      for (const choice of [keepNone, keepAll]) {
        const afterwards = fileSystem.crash(choice);
        const names = await afterwards.list(DIRECTORY);
        const isThere = names.includes('000007.data') && names.includes('000007.index');
        if (isFinished) expect(isThere).toBe(true);
        if (!isThere) continue;
        const table = Table.openSync(afterwards, DIRECTORY, NUMBER, new BlockCache(0));
        expect(everything(table.cursor())).toEqual(versions);
      }
    }
  });

  it('abandoning removes every trace', async () => {
    const fileSystem = await newFileSystem();
    const writer = newWriter(fileSystem);
    writer.add(entryOf(put('a', 1)));
    writer.abandon();
    expect(await fileSystem.list(DIRECTORY)).toEqual([]);
  });

  it.each([1, 2, 3, 4])(
    'abandoning after finish failed at its rename or sync removes every trace (%d)',
    async (fromEnd) => {
      const probe = await newFileSystem();
      writeTable(probe, [put('a', 1)]);
      const fileSystem = await newFileSystem();
      let calls = fileSystem.callCount;
      const failAt = probe.callCount - fromEnd + 1;
      const failing = new Proxy(fileSystem, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== 'function') return member;
          return (...parameters: unknown[]): unknown => {
            const before = target.callCount;
            if (['renameSync', 'syncDirectorySync', 'openWriterSync'].includes(String(name)) && before + 1 >= failAt) {
              if (calls++ >= 0) throw new Error('refused');
            }
            return (member as (...rest: unknown[]) => unknown).apply(target, parameters);
          };
        },
      });
      const writer = newWriter(failing);
      writer.add(entryOf(put('a', 1)));
      expect(() => writer.finish()).toThrow('refused');
      writer.abandon();
      expect(await fileSystem.list(DIRECTORY)).toEqual([]);
    },
  );

  it('estimates the size of the data file', async () => {
    const fileSystem = await newFileSystem();
    const writer = newWriter(fileSystem);
    for (const version of randomVersions(seeded(4), 300)) writer.add(entryOf(version));
    const estimate = writer.estimatedBytes;
    expect(writer.finish().dataBytes).toBe(estimate);
  });

  it('entries out of order are a mistake of the program', async () => {
    const writer = newWriter(await newFileSystem());
    writer.add(entryOf(put('b', 5)));
    expect(() => writer.add(entryOf(put('a', 6)))).toThrow('keys are added in order');
    expect(() => writer.add(entryOf(put('b', 5)))).toThrow('newest first');
    expect(() => writer.add(entryOf(put('b', 6)))).toThrow('newest first');
  });

  it('a table needs an entry', async () => {
    const writer = newWriter(await newFileSystem());
    expect(() => writer.finish()).toThrow('has entries');
  });

  it('does not write over a table that is there', async () => {
    const fileSystem = await newFileSystem();
    newWriter(fileSystem);
    expect(() => newWriter(fileSystem)).toThrow(expect.objectContaining({ code: 'IO' }));
  });

  it('costs few bytes beside keys and values', async () => {
    const versions = Array.from({ length: 5000 }, (_, i) =>
      put(`key${String(i).padStart(13, '0')}`, 1 + ((i * 7919) % 5000), 'v'.repeat(100)),
    );
    const fileSystem = await newFileSystem();
    const options = { ...smallBlocks, blockBytes: 4096, blockRestartInterval: 16 };
    const { dataBytes } = writeTable(fileSystem, versions, options);
    // LevelDB takes three lengths of a byte, the key bytes not shared, and eight bytes for sequence and type. It has no
    // directories, which take six.
    expect(dataBytes / versions.length).toBeLessThan(100 + 3 + 8 + 4 + 6);
    const plain = await newFileSystem();
    const withoutDirectories = writeTable(plain, versions, { ...options, compression: 'fast' });
    expect(withoutDirectories.dataBytes / versions.length).toBeLessThan(100 + 3 + 8 + 4);
  });
});

describe('the table format', () => {
  it('writes the bytes that it always wrote', () => {
    const directory = mkdtempSync(join(tmpdir(), 'corecache-table-'));
    try {
      const fileSystem = new NodeFileSystem();
      const writer = new TableWriter({ fileSystem, directory, fileNumber: toFileNumber(1), options: fixtureOptions });
      for (const version of fixtureVersions) writer.add(entryOf(version));
      writer.finish();
      for (const name of ['000001.data', '000001.index']) {
        expect(readFileSync(join(directory, name)).toString('hex')).toBe(
          readFileSync(join(fixturesOf('directories'), name)).toString('hex'),
        );
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it.each(['format-1', 'format-2', 'format-3', 'directories'])('reads the table of %s', async (name) => {
    const table = await Table.open(new NodeFileSystem(), fixturesOf(name), toFileNumber(1), new BlockCache(1000));
    expect(await verifyTable(table)).toBe(fixtureVersions.length);
    expect(everything(table.cursor())).toEqual(fixtureVersions);
    table.closeSync();
  });

  it('reads a table of format 2 with many blocks as one of today', async () => {
    const directory = fixturesOf('format-2-blocks');
    const versions = randomVersions(seeded(21), 1000, 500);
    const table = await Table.open(new NodeFileSystem(), directory, toFileNumber(1), new BlockCache(1000));
    expect(await verifyTable(table)).toBe(versions.length);
    const keys = [...versions.map(({ key }) => key), '', 'absent', '\xff'.repeat(50)];
    expect(firstDifference(table.cursor(), new ArrayCursor(versions), seeded(1), 4000, keys)).toBeUndefined();
    for (const version of versions) {
      expect(findSync(table, bytesOf(version.key), version.sequence)).toEqual(version);
    }
    table.closeSync();
  });
});
