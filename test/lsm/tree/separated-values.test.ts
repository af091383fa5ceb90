import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/base/hash.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { EVERY_KEY } from '../../../src/lsm/iterator/key-range.js';
import { FindState } from '../../../src/lsm/sstable/read/find-state.js';
import type { TreeOptions } from '../../../src/lsm/tree-options.js';
import { PointSearch } from '../../../src/lsm/tree/point-search.js';
import { NAMED_VALUES_MAX } from '../../../src/lsm/value-file/verify-values.js';
import { bytes, DIRECTORY, TreeUnderTest } from './tree-under-test.js';

const options: Partial<TreeOptions> = { separatedValueBytesMin: 50, memtableBytesMax: 1 << 16, tableBytesMax: 8192 };
const large = (name: string): string => name.padEnd(200, '.');

let disk: CrashableFileSystem;
let fileSystem: FaultyFileSystem;
let subject: TreeUnderTest;

beforeEach(async () => {
  disk = new CrashableFileSystem();
  fileSystem = new FaultyFileSystem(disk);
  subject = await TreeUnderTest.open({ fileSystem, options });
});
afterEach(() => subject.close());

async function reopen(changed: Partial<TreeOptions> = {}): Promise<void> {
  await subject.close();
  subject = await TreeUnderTest.open({ fileSystem, options: { ...options, ...changed } });
}

/** Until background work has come to rest. */
async function settled(): Promise<void> {
  for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function valueFiles(): Promise<string[]> {
  return (await disk.list(DIRECTORY)).filter((name) => name.endsWith('.values'));
}

async function bytesOnDisk(): Promise<number> {
  const sizes = (await disk.list(DIRECTORY)).map((name) => disk.sizeOf(join(DIRECTORY, name)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function flipBit(name: string, at: number): Promise<void> {
  const path = join(DIRECTORY, name);
  const content = Uint8Array.from(await disk.readFile(path));
  content[at] = content[at]! ^ 1;
  await disk.remove(path);
  const file = await disk.openWriter(path, 'create');
  await file.write([content]);
  await file.sync();
  await file.close();
}

describe('large values', () => {
  it('are kept out of tables from their flush on, and small ones are not', async () => {
    subject.put('large', large('one'));
    subject.put('small', 'two');
    await subject.tree.flush();
    expect(await valueFiles()).toHaveLength(1);
    expect(subject.tree.stats()).toMatchObject({ valueFileCount: 1, valueGarbageBytes: 0 });
    expect(subject.tree.stats().tableBytes).toBeLessThan(300);
    expect(subject.get('large')).toBe(large('one'));
    expect(await subject.load('large')).toBe(large('one'));
    expect(subject.get('small')).toBe('two');
    expect(subject.scan()).toEqual([`large=${large('one')}`, 'small=two']);
    expect(subject.scan({ isReverse: true })).toEqual(['small=two', `large=${large('one')}`]);
  });

  it('are the disk to a read that must not wait', async () => {
    subject.put('large', large('one'));
    await subject.tree.flush();
    subject.get('large');
    const state = subject.tree.find(new PointSearch(), bytes('large'), hashKey(bytes('large')));
    expect(state).toBe(FindState.unloaded);
  });

  it('are not read by who wants keys only, nor for versions that are not shown', async () => {
    for (const round of [1, 2, 3]) {
      subject.put('a', large(`a${round}`));
      subject.put('b', large(`b${round}`));
      if (round < 3) await subject.tree.flush();
    }
    const reads = Fault.fail({ operation: ['read', 'open'], path: /\.values$/ });
    fileSystem.inject(reads);
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: 0, keysOnly: true });
    const keys: string[] = [];
    iterator.seekToFirst();
    for (;;) {
      while (iterator.state === CursorState.unloaded) iterator.loadSync();
      if (iterator.state === CursorState.end) break;
      const { keyBytes, keyStart, keyEnd } = iterator.entry;
      keys.push(Buffer.from(keyBytes.subarray(keyStart, keyEnd)).toString());
      iterator.next();
    }
    iterator.close();
    expect(keys).toEqual(['a', 'b']);
    expect(subject.scan()).toEqual([`a=${large('a3')}`, `b=${large('b3')}`]);
    fileSystem.heal();
  });

  it('survive compactions unmoved, and opening', async () => {
    for (let i = 0; i < 30; i++) subject.put(`key${i}`, large(`${i}`));
    await subject.tree.flush();
    const before = await valueFiles();
    await subject.tree.compact();
    await reopen();
    expect(await valueFiles()).toEqual(before);
    for (let i = 0; i < 30; i++) expect(subject.get(`key${i}`)).toBe(large(`${i}`));
    expect((await subject.tree.verify()).problems).toEqual([]);
  });

  it('that were written into tables go out of them with their next merge', async () => {
    await reopen({ separatedValueBytesMin: 0 });
    for (const round of [1, 2, 3, 4]) {
      subject.put('a', large(`${round}`));
      subject.put(`b${round}`, large('b'));
      await subject.tree.flush();
    }
    expect(await valueFiles()).toEqual([]);
    await reopen();
    subject.put('a', large('last'));
    await subject.tree.compact();
    expect(await valueFiles()).not.toEqual([]);
    expect(subject.get('a')).toBe(large('last'));
    expect(subject.get('b2')).toBe(large('b'));
  });
});

describe('the space of values', () => {
  it('stays within bounds while few keys are written over many times', async () => {
    let most = 0;
    for (let round = 0; round < 60; round++) {
      for (let i = 0; i < 20; i++) subject.put(`key${i}`, large(`${round} ${i}`));
      await subject.tree.flush();
      await settled();
      most = Math.max(most, await bytesOnDisk());
    }
    const live = 20 * 200;
    // Level 0 may hold what compaction has not looked at: up to three flushes of all keys beside the live ones.
    expect(most).toBeLessThan(live * 1.25 + 4 * live + 4096);
    await subject.tree.compact();
    await settled();
    expect(subject.tree.stats().valueFileBytes).toBeLessThan(live * 1.25 + 2048);
    for (let i = 0; i < 20; i++) expect(subject.get(`key${i}`)).toBe(large(`59 ${i}`));
    expect((await subject.tree.verify()).problems).toEqual([]);
  });

  it('is given back file by file when most of a file is garbage, and the rest is moved', async () => {
    for (let i = 0; i < 100; i++) subject.put(`key${String(i).padStart(2, '0')}`, large(`${i}`));
    await subject.tree.flush();
    await subject.tree.compact();
    const before = subject.tree.stats().valueFileBytes;
    for (let i = 0; i < 60; i++) subject.delete(`key${String(i).padStart(2, '0')}`);
    await subject.tree.compact();
    await settled();
    const { valueFileBytes, valueGarbageBytes } = subject.tree.stats();
    expect(valueFileBytes).toBeLessThan(before * 0.55);
    expect(valueGarbageBytes).toBeLessThan(valueFileBytes * 0.21);
    expect(subject.scan()).toHaveLength(40);
    expect(subject.get('key99')).toBe(large('99'));
  });

  it('is held for a snapshot, and given back after it', async () => {
    subject.put('a', large('old'));
    await subject.tree.flush();
    const snapshot = subject.tree.takeSnapshot();
    for (const round of [1, 2, 3, 4]) {
      subject.put('a', large(`${round}`));
      await subject.tree.compact();
      await settled();
    }
    expect(subject.get('a', snapshot.sequence)).toBe(large('old'));
    snapshot.release();
    subject.put('a', large('new'));
    await subject.tree.compact();
    await settled();
    expect(subject.tree.stats()).toMatchObject({ valueFileCount: 1, valueGarbageBytes: 0 });
    expect(subject.get('a')).toBe(large('new'));
  });

  it('is held for an iterator that began before', async () => {
    for (let i = 0; i < 5; i++) subject.put(`key${i}`, large(`old ${i}`));
    await subject.tree.flush();
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: 0 });
    for (let i = 0; i < 5; i++) subject.delete(`key${i}`);
    await subject.tree.compact();
    await settled();
    expect(await valueFiles()).toHaveLength(1);
    iterator.seekToFirst();
    for (let i = 0; i < 5; i++) {
      while (iterator.state === CursorState.unloaded) await iterator.load();
      const { valueBytes, valueStart, valueEnd } = iterator.entry;
      expect(Buffer.from(valueBytes.subarray(valueStart, valueEnd)).toString()).toBe(large(`old ${i}`));
      iterator.next();
    }
    iterator.close();
    await settled();
    expect(await valueFiles()).toEqual([]);
  });

  it('is given back when values have ended', async () => {
    subject.put('a', large('short-lived'), subject.clock.now() + 1000);
    subject.put('b', large('kept'));
    await subject.tree.flush();
    subject.clock.advance(2000);
    expect(subject.get('a')).toBeUndefined();
    await subject.tree.compact();
    await settled();
    expect(subject.tree.stats().valueFileBytes).toBeLessThan(300);
    expect(subject.get('b')).toBe(large('kept'));
  });

  it('is given back into tables when values are no longer to be apart', async () => {
    for (let i = 0; i < 10; i++) subject.put(`key${i}`, large(`${i}`));
    await subject.tree.flush();
    await reopen({ separatedValueBytesMin: 0 });
    for (let i = 0; i < 5; i++) subject.delete(`key${i}`);
    await subject.tree.compact();
    await settled();
    expect(await valueFiles()).toEqual([]);
    for (let i = 5; i < 10; i++) expect(subject.get(`key${i}`)).toBe(large(`${i}`));
  });
});

describe('value files on disk', () => {
  it('that no manifest names are removed when the tree is opened', async () => {
    await subject.close();
    const stray = await disk.openWriter(join(DIRECTORY, '000777.values'), 'create');
    await stray.close();
    await reopen();
    expect(await valueFiles()).toEqual([]);
  });

  it('that are missing are told when the tree is opened', async () => {
    subject.put('a', large('1'));
    await subject.tree.flush();
    const [name] = await valueFiles();
    const path = join(DIRECTORY, name!);
    await subject.close();
    await disk.rename(path, `${path}.kept`);
    await expect(TreeUnderTest.open({ fileSystem, options })).rejects.toMatchObject({
      code: 'CORRUPTION',
      data: { file: path },
    });
    await disk.rename(`${path}.kept`, path);
    subject = await TreeUnderTest.open({ fileSystem, options });
  });

  it('come along into a checkpoint, which stays whole when they are gone here', async () => {
    subject.put('a', large('1'));
    await subject.tree.flush();
    await subject.tree.checkpoint('/copy/partition-0');
    subject.delete('a');
    await subject.tree.compact();
    await settled();
    expect(await valueFiles()).toEqual([]);
    const copy = await TreeUnderTest.open({ fileSystem, options, directory: '/copy/partition-0' });
    expect(copy.get('a')).toBe(large('1'));
    expect((await copy.tree.verify()).problems).toEqual([]);
    await copy.close();
  });

  it('with a damaged value give an error for it alone, are told by verify, and hold up no compaction', async () => {
    for (let i = 0; i < 10; i++) subject.put(`key${i}`, large(`${i}`));
    await subject.tree.flush();
    const [name] = await valueFiles();
    await subject.close();
    await flipBit(name!, 100);
    await reopen();
    expect(() => subject.get('key0')).toThrow(/checksum/);
    await expect(subject.load('key0')).rejects.toMatchObject({ code: 'CORRUPTION' });
    expect(subject.get('key1')).toBe(large('1'));
    const { problems } = await subject.tree.verify();
    expect(problems).toMatchObject([{ file: join(DIRECTORY, name!) }]);
    for (let i = 3; i < 10; i++) subject.delete(`key${i}`);
    await subject.tree.compact();
    await settled();
    expect(subject.get('key2')).toBe(large('2'));
    expect(() => subject.get('key0')).toThrow(/checksum/);
    expect(subject.tree.stats().failure).toMatch(/cannot be read/);
    expect(subject.tree.stats().levels[0]!.tableCount).toBe(0);
  });

  it('that are damaged are told by verify each on its own, and no more of them than anybody reads', async () => {
    for (let i = 0; i < 110; i++) subject.put(`key${String(i).padStart(3, '0')}`, large(`${i}`));
    await subject.tree.flush();
    const before = await valueFiles();
    await subject.close();
    await flipBit(before[0]!, 100);
    await flipBit(before[0]!, 1000);
    await reopen();
    const { problems } = await subject.tree.verify();
    expect(problems.map(({ what }) => what)).toEqual([
      expect.stringMatching(/checksum/),
      expect.stringMatching(/checksum/),
    ]);
    await subject.close();
    // Somewhere in each of them.
    for (const name of before) {
      for (let at = 28; at < (await disk.sizeOf(join(DIRECTORY, name))); at += 150) await flipBit(name, at);
    }
    await reopen();
    const { problems: all } = await subject.tree.verify();
    expect(all).toHaveLength(NAMED_VALUES_MAX + 1);
    expect(all.at(-1)!.what).toBe('10 more of its values cannot be read');
  });

  it('are checked also where the header of their file is damaged, which is told once', async () => {
    for (let i = 0; i < 10; i++) subject.put(`key${i}`, large(`${i}`));
    await subject.tree.flush();
    const [name] = await valueFiles();
    await subject.close();
    await flipBit(name!, 3);
    await flipBit(name!, 100);
    await reopen();
    const { problems } = await subject.tree.verify();
    expect(problems.map(({ what }) => what)).toEqual([
      'magic and format version do not match their checksum',
      'value does not match its checksum',
    ]);
  });

  it('whose writing fails leave nothing behind, and the flush is tried again', async () => {
    for (const operation of ['create', 'write', 'sync', 'rename'] as const) {
      subject.put(operation, large(operation));
      fileSystem.inject(Fault.fail({ operation, path: /\.values/ }));
      await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'IO' });
      fileSystem.heal();
      await subject.tree.flush();
      expect(subject.get(operation)).toBe(large(operation));
    }
    expect((await disk.list(DIRECTORY)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
