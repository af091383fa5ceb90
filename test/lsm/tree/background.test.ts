import { describe, expect, it, vi } from 'vitest';
import { CoreCacheError } from '../../../src/base/errors.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import { MemoryLogger } from '../../../src/env/simulated/memory-logger.js';
import { InlineExecutor } from '../../../src/lsm/compaction/inline-executor.js';
import { put, TreeUnderTest } from './tree-under-test.js';

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a tree whose background work fails', () => {
  it('keeps everything readable while the disk is full, tries again later, and loses nothing', async () => {
    const disk = new CrashableFileSystem();
    const fileSystem = new FaultyFileSystem(disk);
    const subject = await TreeUnderTest.open({ fileSystem, options: { memtableRecordsMax: 2, sealedMemtablesMax: 3 } });
    fileSystem.inject(Fault.fail({ operation: 'create', path: /\.data/ }, 'ENOSPC'));
    for (let i = 0; i < 6; i++) subject.put(`key${i}`, 'kept');
    await settled();
    expect(subject.failures[0]?.code).toBe('DISK_FULL');
    expect(subject.tree.stats().failure).toMatch(/ENOSPC|full|space/i);
    expect(subject.scan()).toHaveLength(6);
    expect(subject.tree.isWritable).toBe(false);
    await expect(subject.tree.untilWritable()).rejects.toMatchObject({ code: 'DISK_FULL' });
    const tries = subject.tree.stats().flush.failures;
    await settled();
    expect(subject.tree.stats().flush.failures, 'no hot loop').toBe(tries);
    fileSystem.heal();
    subject.clock.advance(200);
    await settled();
    expect(subject.tree.flushedSequence).toBe(6);
    expect(subject.tree.stats().failure).toBeUndefined();
    await subject.tree.untilWritable();
    expect(subject.scan()).toHaveLength(6);
    await subject.close();
  });

  it('tells who asked for a flush that it failed, and can be asked again', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const subject = await TreeUnderTest.open({ fileSystem });
    subject.put('a', '1');
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\.data/ }));
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'IO' });
    fileSystem.heal();
    await subject.tree.flush();
    expect(subject.tree.flushedSequence).toBe(1);
    await subject.close();
  });

  it('is poisoned by a failed manifest write: it reads on, writes no more, and opens again', async () => {
    const disk = new CrashableFileSystem();
    const fileSystem = new FaultyFileSystem(disk);
    const subject = await TreeUnderTest.open({ fileSystem });
    subject.put('a', '1');
    await subject.tree.flush();
    subject.put('a', '2');
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /MANIFEST/ }));
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'POISONED' });
    fileSystem.heal();
    expect(subject.get('a')).toBe('2');
    expect(subject.tree.failure).toMatchObject({ code: 'POISONED' });
    expect(subject.tree.isWritable).toBe(false);
    await expect(subject.tree.untilWritable()).rejects.toMatchObject({ code: 'POISONED' });
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'POISONED' });
    await expect(subject.tree.compact()).rejects.toMatchObject({ code: 'POISONED' });
    await subject.close();
    const again = await TreeUnderTest.open({ fileSystem: disk });
    expect(['1', '2']).toContain(again.get('a'));
    expect(again.tree.flushedSequence).toBe(again.get('a') === '1' ? 1 : 2);
    await again.close();
  });

  it('leaves a damaged table alone, says so, and goes on with the rest', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const logger = new MemoryLogger();
    const subject = await TreeUnderTest.open({ fileSystem, logger, options: { level0TablesCompact: 2 } });
    subject.write([put('a', 'damaged'), put('z', 'damaged')]);
    await subject.tree.flush();
    const [damaged] = (await fileSystem.list(subject.tree.directory)).filter((name) => name.endsWith('.data'));
    fileSystem.inject(Fault.flip({ path: new RegExp(damaged!) }, 30, 0xff));
    subject.put('b', 'whole');
    await subject.tree.flush();
    await settled();
    expect(subject.failures[0]?.code).toBe('CORRUPTION');
    expect(subject.failures[0]?.message).toContain(damaged);
    const failures = subject.tree.stats().compaction.failures;
    for (let i = 0; i < 5; i++) {
      subject.put(`c${i}`, 'more');
      await subject.tree.flush();
      await settled();
    }
    expect(subject.tree.stats().compaction.failures, 'not tried again').toBe(failures);
    expect(subject.get('b')).toBe('whole');
    expect(() => subject.get('a')).toThrow(CoreCacheError);
    expect(await fileSystem.list(subject.tree.directory)).toContain(damaged);
    await expect(subject.tree.compact()).rejects.toMatchObject({ code: 'CORRUPTION' });
    expect((await subject.tree.verify()).problems).toHaveLength(1);
    await subject.close();
  });

  it('closes in the middle of a flush and a compaction, and opens again whole', async () => {
    const fileSystem = new CrashableFileSystem();
    const subject = await TreeUnderTest.open({ fileSystem, options: { memtableRecordsMax: 20 } });
    for (let i = 0; i < 100; i++) subject.put(`key${i}`, 'x'.repeat(50));
    await subject.tree.flush();
    for (let i = 0; i < 100; i++) subject.put(`key${i}`, 'y'.repeat(50));
    const flush = subject.tree.flush();
    await Promise.all([expect(flush).rejects.toMatchObject({ code: 'CLOSED' }), subject.close()]);
    const again = await TreeUnderTest.open({ fileSystem });
    expect(again.scan()).toHaveLength(100);
    expect(again.tree.flushedSequence).toBeGreaterThanOrEqual(100);
    await again.close();
  });

  it('answers who waits for a flush when it is closed between that and an earlier one', async () => {
    const closed: Promise<void>[] = [];
    const subject = await TreeUnderTest.open({
      options: { memtableRecordsMax: 1 },
      onFlushed: () => void closed.push(subject.close()),
    });
    subject.put('a', '1');
    subject.put('b', '2');
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'CLOSED' });
    await Promise.all(closed);
    expect(subject.tree.flushedSequence).toBe(1);
  });

  it('is closed in the middle of a verification, which says so', async () => {
    const fileSystem = new CrashableFileSystem();
    const subject = await TreeUnderTest.open({ fileSystem });
    for (const key of ['a', 'b']) {
      subject.put(key, 'x');
      await subject.tree.flush();
    }
    const verifying = subject.tree.verify();
    // So far that a table is open and being read.
    for (let i = 0; i < 12; i++) await Promise.resolve();
    await Promise.all([expect(verifying).rejects.toMatchObject({ code: 'CLOSED' }), subject.close()]);
  });

  it('rejects what is asked of it after closing', async () => {
    const subject = await TreeUnderTest.open();
    subject.put('a', '1');
    await subject.close();
    await subject.close();
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(subject.tree.untilWritable()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('a tree in the background', () => {
  it('seals by age, once', async () => {
    const subject = await TreeUnderTest.open({ options: { memtableAgeMsMax: 1000 } });
    subject.put('a', '1');
    subject.clock.advance(999);
    await settled();
    expect(subject.tree.flushedSequence).toBe(0);
    subject.clock.advance(1);
    await settled();
    expect(subject.tree.flushedSequence).toBe(1);
    subject.clock.advance(5000);
    await settled();
    expect(subject.tree.stats().flush.count).toBe(1);
    await subject.close();
  });

  it('cleans away values that ended, without anybody asking', async () => {
    const subject = await TreeUnderTest.open();
    for (let i = 0; i < 20; i++) subject.put(`key${i}`, 'x', subject.clock.now() + 60_000);
    await subject.tree.compact();
    expect(subject.tree.stats().entryCount).toBe(20);
    subject.clock.advance(2 * 3_600_000);
    await settled();
    expect(subject.tree.stats().entryCount).toBe(0);
    await subject.close();
  });

  it('has a flush made ready when the active memtable is half full, and not before', async () => {
    const prepare = vi.spyOn(InlineExecutor.prototype, 'prepare');
    const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 64 * 1024 } });
    for (let bytes = 0; bytes < 28 * 1024; bytes += 1024) subject.put('key', 'v'.repeat(1000));
    expect(prepare).not.toHaveBeenCalled();
    for (let bytes = 0; bytes < 8 * 1024; bytes += 1024) subject.put('key', 'v'.repeat(1000));
    expect(prepare.mock.calls).toEqual([['flush']]);
    prepare.mockRestore();
    await subject.close();
  });

  it('stops writes before they need a memtable more than they may fill', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const options = { memtableRecordsMax: 16, sealedMemtablesMax: 2 };
    const subject = await TreeUnderTest.open({ fileSystem, options });
    fileSystem.inject(Fault.fail({ operation: 'create', path: /\.data/ }));
    let written = 0;
    while (!subject.tree.stats().stall.isStopped && written < 100) subject.put(`key${written++}`, 'x');
    expect(written).toBe(16 + 15);
    expect(subject.tree.stats()).toMatchObject({ memtable: { sealedCount: 1 }, stall: { cause: 'memtables' } });
    fileSystem.heal();
    subject.clock.advance(200);
    await settled();
    expect(subject.tree.stats()).toMatchObject({ memtable: { sealedCount: 0 }, stall: { cause: undefined } });
    await subject.close();
  });

  it('never stops writes for a memtable that nothing flushes', async () => {
    const subject = await TreeUnderTest.open({ options: { memtableRecordsMax: 16, sealedMemtablesMax: 1 } });
    for (let i = 0; i < 15; i++) subject.put(`key${i}`, 'x');
    expect(subject.tree.stats()).toMatchObject({ memtable: { sealedCount: 0 }, stall: { cause: undefined } });
    await subject.close();
  });

  it('delays writes the more the further compaction falls behind, and says why', async () => {
    const options = {
      level0TablesCompact: 100,
      level0TablesSlow: 2,
      level0TablesStop: 4,
      sealedMemtablesMax: 10,
      settleAfterMs: 0,
    };
    const subject = await TreeUnderTest.open({ options });
    for (let i = 0; i < 2; i++) {
      subject.put(`key${i}`, 'x');
      await subject.tree.flush();
    }
    expect(subject.tree.stats().stall).toMatchObject({ cause: 'level0', isStopped: false });
    subject.put('large', 'x'.repeat(1_000_000));
    expect(subject.tree.isWritable).toBe(false);
    const writable = subject.tree.untilWritable();
    subject.clock.advance(1000);
    await writable;
    expect(subject.tree.stats().stall.waits.level0).toBe(1);
    expect(subject.tree.stats().stall.waitedMs.level0).toBeGreaterThan(10);
    for (let i = 0; i < 2; i++) {
      subject.put('last', 'x');
      await subject.tree.flush();
    }
    expect(subject.tree.stats().stall).toMatchObject({ isStopped: true });
    const released = subject.tree.untilWritable();
    await subject.tree.compact();
    await released;
    expect(subject.tree.stats().stall).toMatchObject({ cause: undefined, isStopped: false });
    await subject.close();
  });
});
