import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import { keepNone } from '../../../src/env/simulated/crash-choice.js';
import { CursorState } from '../../../src/lsm/iterator/cursor.js';
import { EVERY_KEY } from '../../../src/lsm/iterator/key-range.js';
import { bytes, DIRECTORY, drain, put, remove, TreeUnderTest } from './tree-under-test.js';

async function tableNames(fileSystem: CrashableFileSystem): Promise<string[]> {
  return (await fileSystem.list(DIRECTORY)).filter((name) => name.endsWith('.data'));
}

describe('reading a tree', () => {
  it('sees a batch whole or not at all', async () => {
    const subject = await TreeUnderTest.open();
    subject.write([put('a', '1'), put('b', '2'), remove('a')]);
    expect(subject.scan()).toEqual(['b=2']);
    await subject.close();
  });

  it('shows what has become of a key that was read again and again', async () => {
    const subject = await TreeUnderTest.open();
    const readOften = (key: string, atSequence?: number): (string | undefined)[] =>
      Array.from({ length: 20 }, () => subject.get(key, atSequence));
    subject.put('a', '1');
    subject.put('b', 'ends', subject.clock.now() + 1000);
    await subject.tree.flush();
    expect(new Set([...readOften('a'), ...readOften('b')])).toEqual(new Set(['1', 'ends']));
    expect(subject.rowHits).toBeGreaterThan(0);
    const snapshot = subject.tree.takeSnapshot();

    subject.put('a', '2');
    expect(new Set(readOften('a'))).toEqual(new Set(['2']));
    await subject.tree.flush();
    expect(new Set(readOften('a'))).toEqual(new Set(['2']));
    expect(new Set(readOften('a', snapshot.sequence))).toEqual(new Set(['1']));
    await subject.tree.compact();
    expect(new Set(readOften('a', snapshot.sequence))).toEqual(new Set(['1']));
    expect(new Set(readOften('a'))).toEqual(new Set(['2']));
    snapshot.release();

    subject.delete('a');
    await subject.tree.compact();
    expect(new Set(readOften('a'))).toEqual(new Set([undefined]));
    expect(new Set(readOften('b'))).toEqual(new Set(['ends']));
    subject.clock.advance(1001);
    expect(new Set(readOften('b'))).toEqual(new Set([undefined]));
    await subject.close();
  });

  it('keeps the tables of an iterator on disk until it is closed', async () => {
    const fileSystem = new CrashableFileSystem();
    const subject = await TreeUnderTest.open({ fileSystem });
    subject.put('a', 'old');
    await subject.tree.flush();
    const [before] = await tableNames(fileSystem);
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    subject.put('a', 'new');
    await subject.tree.compact();
    expect(await tableNames(fileSystem)).toContain(before);
    expect(subject.tree.stats().versionCount).toBeGreaterThan(1);
    expect(drain(iterator)).toEqual(['a=old']);
    iterator.close();
    await subject.clock.nextTurn();
    expect(await tableNames(fileSystem)).not.toContain(before);
    expect(subject.tree.stats().versionCount).toBe(1);
    await subject.close();
  });

  it('shows an iterator the moment at which it was made, through seals, flushes and compactions', async () => {
    const subject = await TreeUnderTest.open();
    for (let i = 0; i < 50; i++) subject.put(`key${i}`, 'before');
    const expected = subject.scan();
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    for (let i = 0; i < 50; i++) subject.put(`key${i}`, 'after');
    subject.put('zz', 'after');
    await subject.tree.compact();
    expect(drain(iterator)).toEqual(expected);
    iterator.close();
    await subject.close();
  });

  it('shows an iterator its memtables however many were written and flushed since', async () => {
    const subject = await TreeUnderTest.open();
    for (let i = 0; i < 30; i++) subject.put(`key${i}`, 'before');
    const expected = subject.scan();
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 30; i++) subject.put(`key${i}`, `after${round}`);
      await subject.tree.flush();
      await subject.clock.nextTurn();
    }
    expect(drain(iterator)).toEqual(expected);
    iterator.close();
    await subject.close();
  });

  it('lets an iterator be closed while it loads from tables that are compacted away', async () => {
    const fileSystem = new CrashableFileSystem();
    let subject = await TreeUnderTest.open({ fileSystem });
    subject.put('a', 'old');
    await subject.tree.flush();
    await subject.close();
    subject = await TreeUnderTest.open({ fileSystem });
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    subject.put('a', 'new');
    await subject.tree.compact();
    iterator.seekToFirst();
    expect(iterator.state).toBe(CursorState.unloaded);
    const loading = iterator.load();
    iterator.close();
    await loading;
    expect(iterator.state).toBe(CursorState.end);
    await subject.clock.nextTurn();
    expect(await tableNames(fileSystem)).toHaveLength(1);
    await subject.close();
  });

  it('ends a failed load when no other table is being read any more', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    let subject = await TreeUnderTest.open({ fileSystem, options: { level0TablesCompact: 9, level0TablesStop: 9 } });
    subject.put('a', 'old');
    await subject.tree.flush();
    subject.put('a', 'older');
    await subject.tree.flush();
    await subject.close();
    subject = await TreeUnderTest.open({ fileSystem, options: { level0TablesCompact: 9, level0TablesStop: 9 } });
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    await subject.tree.compact();
    fileSystem.inject(Fault.fail({ operation: 'read', path: /\.index$/, call: 1 }));
    iterator.seekToFirst();
    await expect(iterator.load()).rejects.toMatchObject({ code: 'IO' });
    iterator.close();
    await subject.close();
  });

  it('finishes a read from disk although the table is compacted away meanwhile', async () => {
    const fileSystem = new CrashableFileSystem();
    let subject = await TreeUnderTest.open({ fileSystem });
    for (let i = 0; i < 40; i++) subject.put(`key${i}`, `value ${i}`.repeat(10));
    await subject.tree.flush();
    await subject.close();
    subject = await TreeUnderTest.open({ fileSystem });
    const reads = Array.from({ length: 40 }, (_, i) => subject.load(`key${i}`));
    for (let i = 0; i < 40; i++) subject.delete(`key${i}`);
    await subject.tree.compact();
    expect(await Promise.all(reads)).toEqual(Array.from({ length: 40 }, (_, i) => `value ${i}`.repeat(10)));
    expect(subject.scan()).toEqual([]);
    await subject.close();
  });

  it('never shows a version newer than a snapshot, nor loses the one that it shows', async () => {
    const subject = await TreeUnderTest.open();
    subject.put('a', '1');
    const snapshot = subject.tree.takeSnapshot();
    subject.put('a', '2');
    await subject.tree.compact();
    subject.delete('a');
    await subject.tree.compact();
    expect(subject.get('a', snapshot.sequence)).toBe('1');
    expect(subject.get('a')).toBeUndefined();
    snapshot.release();
    snapshot.release();
    expect(subject.tree.stats().snapshotCount).toBe(0);
    await subject.tree.compact();
    expect(subject.tree.stats().entryCount).toBe(0);
    await subject.close();
  });

  it('takes a record larger than a memtable', async () => {
    const subject = await TreeUnderTest.open();
    const large = 'x'.repeat(100_000);
    subject.put('small', '1');
    subject.put('large', large);
    subject.put('other', '2');
    expect([subject.get('small'), subject.get('large'), subject.get('other')]).toEqual(['1', large, '2']);
    await subject.tree.flush();
    expect([subject.get('small'), subject.get('large'), subject.get('other')]).toEqual(['1', large, '2']);
    await subject.close();
  });

  it('refuses a record out of order', async () => {
    const subject = await TreeUnderTest.open();
    subject.put('a', '1');
    expect(() => subject.tree.advance(3, 0)).toThrow('record 3 follows 1');
    subject.tree.advance(2, 5);
    expect(() => subject.tree.advance(3, 4)).toThrow('epoch 4 follows 5');
    expect(() => subject.tree.apply(3, 5, bytes('no batch'))).toThrow();
    await subject.close();
  });

  it('remembers sequence and epoch of records without operations', async () => {
    const fileSystem = new CrashableFileSystem();
    let subject = await TreeUnderTest.open({ fileSystem });
    subject.put('a', '1');
    subject.tree.advance(2, 7);
    await subject.tree.flush();
    subject.tree.advance(3, 8);
    await subject.tree.flush();
    await subject.close();
    subject = await TreeUnderTest.open({ fileSystem });
    expect([subject.tree.flushedSequence, subject.tree.lastSequence, subject.tree.lastEpoch]).toEqual([3, 3, 8]);
    await subject.close();
  });

  it('makes a checkpoint that is a tree of its own', async () => {
    const fileSystem = new CrashableFileSystem();
    const subject = await TreeUnderTest.open({ fileSystem });
    for (let i = 0; i < 200; i++) subject.put(`key${i}`, `value ${i}`);
    await subject.tree.flush();
    const expected = subject.scan();
    await fileSystem.makeDirectory('/backup');
    await fileSystem.syncDirectory('/');
    expect(await subject.tree.checkpoint('/backup/partition-0')).toEqual({ flushedSequence: 200, lastEpoch: 0 });
    for (let i = 0; i < 200; i++) subject.delete(`key${i}`);
    await subject.tree.compact();
    await subject.close();
    const copy = await TreeUnderTest.open({
      fileSystem: fileSystem.crash(keepNone),
      directory: '/backup/partition-0',
      createIfMissing: false,
    });
    expect(copy.scan()).toEqual(expected);
    copy.put('more', '1');
    await copy.tree.compact();
    expect((await copy.tree.verify()).problems).toEqual([]);
    await copy.close();
  });
});
