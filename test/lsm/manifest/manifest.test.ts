import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCoreCacheError } from '../../../src/base/errors.js';
import { crc32 } from '../../../src/base/checksum.js';
import { toFileNumber } from '../../../src/base/numbers.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { encodeCurrent } from '../../../src/lsm/manifest/current-file.js';
import { Manifest } from '../../../src/lsm/manifest/manifest.js';
import { readManifest } from '../../../src/lsm/manifest/manifest-reader.js';
import { encodeManifestHeader, encodeManifestRecord } from '../../../src/lsm/manifest/manifest-record.js';
import { decodeEdit, encodeEdit, type VersionEdit } from '../../../src/lsm/manifest/version-edit.js';
import { Version } from '../../../src/lsm/manifest/version.js';
import type { TableSummary } from '../../../src/lsm/sstable/table-summary.js';
import { bytes } from '../tree/tree-under-test.js';

const DIRECTORY = '/tree';
const nothing = (): void => undefined;

function table(number: number, firstKey: string, lastKey: string): TableSummary {
  return {
    fileNumber: toFileNumber(number),
    dataBytes: 4096,
    indexBytes: 300,
    entryCount: 20,
    tombstoneCount: 2,
    rawBytes: 5000,
    firstKey: new Uint8Array(bytes(firstKey)),
    lastKey: new Uint8Array(bytes(lastKey)),
    minSequence: number * 10,
    maxSequence: number * 10 + 9,
    oldestExpiryMs: 1_700_000_000_000,
  };
}

function adding(...tables: TableSummary[]): VersionEdit {
  return { removed: [], added: tables.map((each) => ({ level: 0, table: each })) };
}

async function created(fileSystem: FileSystem, rewriteBytes?: number): Promise<Manifest> {
  await fileSystem.makeDirectory(DIRECTORY);
  return Manifest.create({ fileSystem, directory: DIRECTORY, ...(rewriteBytes === undefined ? {} : { rewriteBytes }) });
}

function numbersOf(version: Version): number[] {
  return version.tables().map(({ fileNumber }) => fileNumber);
}

async function overwrite(fileSystem: FileSystem, path: string, content: Uint8Array): Promise<void> {
  await fileSystem.remove(path);
  const file = await fileSystem.openWriter(path, 'create');
  await file.write([content]);
  await file.close();
}

describe('a version edit', () => {
  it('has these bytes', () => {
    const edit: VersionEdit = {
      flushedSequence: 300,
      lastEpoch: 2,
      nextFileNumber: 9,
      removed: [{ level: 5, fileNumber: toFileNumber(4) }],
      added: [{ level: 6, table: { ...table(7, 'a', 'zz'), oldestExpiryMs: 0 } }],
    };
    const encoded = Buffer.from(encodeEdit(edit)).toString('hex');
    expect(encoded).toBe(
      '0202ac02' +
        '040102' +
        '060109' +
        '0a020504' +
        '0812' +
        '0607' +
        '8020' +
        'ac02' +
        '1402' +
        '8827' +
        '46' +
        '4f' +
        '00' +
        '0161' +
        '027a7a',
    );
    expect(decodeEdit(Buffer.from(encoded, 'hex'), 'file', 0)).toEqual(edit);
  });

  it('says of a table what may be dropped, in a field that others pass over', () => {
    const decay = { leastCoveringSequence: 300, halfDeadAtMs: 1, longestDeadRow: 5 };
    const edit = adding(table(6, 'a', 'b'), { ...table(7, 'c', 'd'), decay });
    const encoded = encodeEdit(edit);
    expect(Buffer.from(encoded.subarray(-7)).toString('hex')).toBe('2105' + '07' + 'ac02' + '01' + '05');
    expect(decodeEdit(encoded, 'file', 0)).toEqual(edit);
  });

  it('passes over unknown fields marked optional, and refuses others', () => {
    const known = encodeEdit({ lastEpoch: 2, removed: [], added: [] });
    const optional = Buffer.concat([Buffer.from([0x65, 3, 1, 2, 3]), known]);
    expect(decodeEdit(optional, 'file', 0)).toEqual({ lastEpoch: 2, removed: [], added: [] });
    const required = Buffer.concat([known, Buffer.from([0x64, 0])]);
    expect(() => decodeEdit(required, 'MANIFEST', 16)).toThrow(expect.objectContaining({ code: 'NEWER_FORMAT' }));
  });

  it('must make a version that can be', () => {
    const version = Version.empty.apply(adding(table(1, 'a', 'c')));
    expect(() => version.apply({ removed: [{ level: 0, fileNumber: toFileNumber(2) }], added: [] })).toThrow(
      'not in level 0',
    );
    expect(() => version.apply(adding(table(1, 'x', 'y')))).toThrow('share sequences');
    const run = (...tables: TableSummary[]): VersionEdit => ({
      removed: [],
      added: tables.map((each) => ({ level: 3, table: each })),
    });
    expect(() => version.apply(run(table(3, 'a', 'c'), table(2, 'c', 'd')))).toThrow('overlap');
    expect(() => version.apply({ flushedSequence: -1, removed: [], added: [] })).toThrow('falls');
    expect(numbersOf(version.apply(run(table(3, 'd', 'e'), table(2, 'a', 'c'))))).toEqual([1, 2, 3]);
    expect(numbersOf(version.apply(adding(table(3, 'd', 'e'), table(2, 'a', 'c'))))).toEqual([3, 2, 1]);
  });
});

describe('a manifest', () => {
  it('begins with these bytes, and CURRENT names it so', () => {
    const header = Buffer.from(encodeManifestHeader()).toString('hex');
    expect(header).toBe('43434d414e49460a' + '01000000' + '1531a617');
    const record = encodeManifestRecord(encodeEdit({ nextFileNumber: 2, removed: [], added: [] }), toFileNumber(1), 16);
    expect(Buffer.from(record).toString('hex')).toBe('03000000' + '9d67c16f' + '060102');
    expect(Buffer.from(encodeCurrent(toFileNumber(3))).toString()).toBe('MANIFEST-000003 b40b3e0f\n');
  });

  it('is read back as it was committed', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    const installed: number[] = [];
    await Promise.all([
      manifest.commit({ ...adding(table(11, 'a', 'b')), flushedSequence: 119 }, () => installed.push(1)),
      manifest.commit(adding(table(12, 'a', 'b')), () => installed.push(2)),
      manifest.commit({ removed: [{ level: 0, fileNumber: toFileNumber(11) }], added: [] }, () => installed.push(3)),
    ]);
    expect(installed).toEqual([1, 2, 3]);
    await manifest.close();
    const again = await Manifest.open({ fileSystem, directory: DIRECTORY });
    expect(again.version).toEqual(manifest.version);
    expect(numbersOf(again.version)).toEqual([12]);
    expect(again.version.flushedSequence).toBe(119);
    await again.close();
  });

  it('is rewritten when it has grown, and the old one removed', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem, 200);
    for (let i = 1; i <= 50; i++) await manifest.commit(adding(table(i, 'a', 'b')), nothing);
    expect(manifest.stats.rewrites).toBeGreaterThan(1);
    await manifest.close();
    const names = (await fileSystem.list(DIRECTORY)).filter((name) => name.startsWith('MANIFEST'));
    expect(names).toHaveLength(1);
    const again = await Manifest.open({ fileSystem, directory: DIRECTORY });
    expect(again.version).toEqual(manifest.version);
    expect(again.allocate()).toBeGreaterThan(manifest.number);
  });

  it('never gives a file number twice, also over an opening', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    const first = manifest.allocate(5);
    await manifest.commit(adding(), nothing);
    await manifest.close();
    const again = await Manifest.open({ fileSystem, directory: DIRECTORY });
    again.skipFileNumbers(100);
    expect([again.allocate() > first + 4, again.allocate()]).toEqual([true, 102]);
  });

  it('is poisoned for good by a failed sync', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const manifest = await created(fileSystem);
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /MANIFEST/ }, 'ENOSPC'));
    const failed = manifest.commit(adding(table(1, 'a', 'b')), () => expect.unreachable());
    await expect(failed).rejects.toMatchObject({ code: 'POISONED', cause: { code: 'DISK_FULL' } });
    fileSystem.heal();
    await expect(manifest.commit(adding(), nothing)).rejects.toMatchObject({ code: 'POISONED' });
    expect(numbersOf(manifest.version)).toEqual([]);
  });

  it('rewrites itself instead of appending to a torn tail, and changes nothing before', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    await manifest.commit(adding(table(11, 'a', 'b')), nothing);
    await manifest.commit(adding(table(12, 'a', 'b')), nothing);
    await manifest.close();
    const path = join(DIRECTORY, 'MANIFEST-000001');
    await fileSystem.truncate(path, (await fileSystem.sizeOf(path)) - 1);
    const calls = fileSystem.callCount;
    const torn = await Manifest.open({ fileSystem, directory: DIRECTORY });
    expect([torn.hasTornTail, numbersOf(torn.version), fileSystem.callCount]).toEqual([true, [11], calls]);
    await torn.commit(adding(table(13, 'a', 'b')), nothing);
    expect(torn.hasTornTail).toBe(false);
    await torn.close();
    const again = await Manifest.open({ fileSystem, directory: DIRECTORY });
    expect([again.hasTornTail, numbersOf(again.version)]).toEqual([false, [13, 11]]);
    await again.close();
  });

  it('with any bit flipped is refused with file and offset, or lacks its last record alone', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    for (let i = 11; i <= 13; i++) await manifest.commit(adding(table(i, 'a', 'b')), nothing);
    await manifest.close();
    const path = join(DIRECTORY, 'MANIFEST-000001');
    const whole = fileSystem.readFileSync(path);
    let cut = 0;
    for (let position = 0; position < whole.length * 8; position++) {
      const damaged = whole.slice();
      damaged[position >> 3]! ^= 1 << (position & 7);
      try {
        const { version, hasTornTail } = readManifest(damaged, toFileNumber(1), path);
        expect([numbersOf(version), hasTornTail]).toEqual([[12, 11], true]);
        cut++;
      } catch (error) {
        if (!isCoreCacheError(error, 'CORRUPTION')) throw error;
        expect(error.data).toMatchObject({ file: path, offset: expect.any(Number) as number });
      }
    }
    expect(cut).toBeLessThan((whole.length * 8) / 2);
  });

  it('does not pass over a flush that the log may have relied upon', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    const path = join(DIRECTORY, 'MANIFEST-000001');
    const start = await fileSystem.sizeOf(path);
    const flush = { ...adding(table(11, 'a', 'b')), flushedSequence: 119 };
    await manifest.commit(flush, nothing);
    await manifest.close();
    const whole = fileSystem.readFileSync(path);
    const end =
      start + encodeManifestRecord(encodeEdit({ ...flush, nextFileNumber: 2 }), toFileNumber(1), start).length;
    for (let position = 0; position < whole.length; position++) {
      const damaged = whole.slice();
      damaged[position]! ^= 1;
      const read = (): number => readManifest(damaged, toFileNumber(1), path).version.flushedSequence;
      if (position < end) expect(read, `byte ${position}`).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
      else expect(read(), `byte ${position}`).toBe(119);
    }
  });

  it('cut off at any byte lacks its last records, or is refused', async () => {
    const fileSystem = new CrashableFileSystem();
    const manifest = await created(fileSystem);
    for (let i = 11; i <= 13; i++) await manifest.commit(adding(table(i, 'a', 'b')), nothing);
    await manifest.close();
    const path = join(DIRECTORY, 'MANIFEST-000001');
    const whole = fileSystem.readFileSync(path);
    const all = [13, 12, 11];
    for (let length = 0; length < whole.length; length++) {
      try {
        const found = numbersOf(readManifest(whole.slice(0, length), toFileNumber(1), path).version);
        expect(all.slice(all.length - found.length)).toEqual(found);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CORRUPTION' });
      }
    }
  });

  it('of a newer format, and what CURRENT says otherwise, is refused', async () => {
    const fileSystem = new CrashableFileSystem();
    await (await created(fileSystem)).close();
    const open = (): Promise<Manifest> => Manifest.open({ fileSystem, directory: DIRECTORY });
    const manifestPath = join(DIRECTORY, 'MANIFEST-000001');
    const newer = Buffer.from(encodeManifestHeader());
    newer.writeUInt32LE(2, 8);
    newer.writeUInt32LE(crc32(newer.subarray(0, 12)), 12);
    const record = encodeManifestRecord(encodeEdit(adding()), toFileNumber(1), 16);
    await overwrite(fileSystem, manifestPath, Buffer.concat([newer, record]));
    await expect(open()).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
    const current = join(DIRECTORY, 'CURRENT');
    const text = fileSystem.readFileSync(current);
    for (let position = 0; position < text.length; position++) {
      const damaged = text.slice();
      damaged[position]! ^= 1;
      await overwrite(fileSystem, current, damaged);
      await expect(open(), `byte ${position}`).rejects.toMatchObject({ code: 'CORRUPTION' });
    }
    await overwrite(fileSystem, current, encodeCurrent(toFileNumber(7)));
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPTION' });
  });
});
