import { describe, expect, it, vi } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import type { FileSystem } from '../../../src/env/file-system.js';
import { IDLE_MS } from '../../../src/lsm/background/idle-time.js';
import { spareMemory } from '../../../src/lsm/memtable/spare-memory.js';
import type { TreeOptions } from '../../../src/lsm/tree-options.js';
import { TreeUnderTest } from './tree-under-test.js';

const KEYS = 40;
const options = {
  memtableBytesMax: 8 << 20,
  tableBytesMax: 1 << 20,
  level0TablesCompact: 10,
  level0TablesSlow: 20,
  level0TablesStop: 30,
  settleAfterMs: 1000,
} satisfies Partial<TreeOptions>;

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Nothing is waited for any more once the memory of flushed memtables has been let go. */
async function expectRest(subject: TreeUnderTest): Promise<void> {
  subject.clock.advance(IDLE_MS);
  await settled();
  expect(subject.clock.pendingCount).toBe(0);
}

async function writeAll(subject: TreeUnderTest, value: string): Promise<void> {
  for (let i = 0; i < KEYS; i++) subject.put(`key${i}`, value);
  await subject.tree.flush();
}

/** Every key three times, in three tables of level 0. */
async function overwritten(more: Partial<TreeOptions> = {}, fileSystem?: FileSystem): Promise<TreeUnderTest> {
  const subject = await TreeUnderTest.open({
    options: { ...options, ...more },
    ...(fileSystem && { fileSystem }),
  });
  for (const value of ['first', 'second', 'third']) await writeAll(subject, value);
  await settled();
  expect(subject.tree.stats().entryCount).toBe(3 * KEYS);
  return subject;
}

describe('a tree that is left in peace', () => {
  it('clears old versions away, and then rests', async () => {
    const subject = await overwritten();
    subject.clock.advance(1000);
    await settled();
    expect(subject.tree.stats().entryCount).toBe(KEYS);
    expect(subject.tree.stats().levels[0]!.tableCount).toBe(0);
    expect(subject.get('key7')).toBe('third');
    await expectRest(subject);
    await subject.close();
  });

  it('flushes first what is to be flushed, and then merges all of it once', async () => {
    const subject = await overwritten();
    subject.put('large', 'x'.repeat(4 << 20));
    for (let i = 0; i < 3; i++) {
      subject.clock.advance(1000);
      await settled();
    }
    expect(subject.tree.stats()).toMatchObject({ flush: { count: 4 }, compaction: { count: 1 }, entryCount: KEYS + 1 });
    expect(subject.tree.stats().levels[0]!.tableCount).toBe(0);
    await expectRest(subject);
    await subject.close();
  });

  it('clears old versions away also while a flush fails', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const subject = await overwritten({}, fileSystem);
    subject.put('large', 'x'.repeat(4 << 20));
    fileSystem.inject(Fault.fail({ operation: 'create', path: /\.data/, call: 1 }, 'ENOSPC'));
    for (let i = 0; i < 2; i++) {
      subject.clock.advance(1000);
      await settled();
    }
    expect(subject.tree.stats().compaction.count).toBe(1);
    await subject.close();
  });

  it('is not touched while writes go on', async () => {
    const subject = await overwritten();
    for (let i = 0; i < 3; i++) {
      subject.clock.advance(900);
      subject.put('large', 'x'.repeat(2 << 20));
      await settled();
    }
    expect(subject.tree.stats().compaction.count).toBe(0);
    for (let i = 0; i < 2; i++) {
      subject.clock.advance(1000);
      await settled();
    }
    expect(subject.tree.stats().compaction.count).toBe(1);
    await subject.close();
  });

  it('writes out a memtable that is half full, so that the log can go', async () => {
    const subject = await TreeUnderTest.open({ options });
    subject.put('large', 'x'.repeat(4 << 20));
    subject.clock.advance(1000);
    await settled();
    expect(subject.tree.flushedSequence, 'it has been written to just now').toBe(0);
    subject.clock.advance(1000);
    await settled();
    expect(subject.tree.flushedSequence).toBe(1);
    expect(subject.get('large')).toHaveLength(4 << 20);
    subject.clock.advance(1000);
    await settled();
    await expectRest(subject);
    await subject.close();
  });

  it('keeps a memtable that is less than half full', async () => {
    const subject = await TreeUnderTest.open({ options });
    subject.put('large', 'x'.repeat(3 << 20));
    for (let i = 0; i < 3; i++) {
      subject.clock.advance(1000);
      await settled();
    }
    expect(subject.tree.flushedSequence).toBe(0);
    await expectRest(subject);
    await subject.close();
  });

  it('keeps a memtable that is still written to', async () => {
    const subject = await TreeUnderTest.open({ options });
    subject.put('large', 'x'.repeat(4 << 20));
    for (let i = 0; i < 3; i++) {
      subject.clock.advance(900);
      subject.put('more', 'x'.repeat(1.2 * (1 << 20)));
      await settled();
    }
    expect(subject.tree.flushedSequence).toBe(0);
    await subject.close();
    await expectRest(subject);
  });

  it('is not touched for a little', async () => {
    const subject = await TreeUnderTest.open({ options });
    await writeAll(subject, 'first');
    await subject.tree.compact();
    subject.put('key7', 'second');
    await subject.tree.flush();
    await settled();
    await expectRest(subject);
    expect(subject.tree.stats().levels[0]!.tableCount).toBe(1);
    await subject.close();
  });

  it('is left as it is when that is asked for', async () => {
    const subject = await overwritten({ settleAfterMs: 0 });
    subject.clock.advance(1_000_000);
    await settled();
    expect(subject.tree.stats().compaction.count).toBe(0);
    await subject.close();
  });

  it('keeps everything when clearing away fails, and tries again later', async () => {
    const fileSystem = new FaultyFileSystem(new CrashableFileSystem());
    const subject = await overwritten({}, fileSystem);
    fileSystem.inject(Fault.fail({ operation: 'create', path: /\.data/ }, 'ENOSPC'));
    subject.clock.advance(1000);
    await settled();
    expect(subject.tree.stats().failure).toMatch(/ENOSPC/);
    expect(subject.tree.isWritable).toBe(true);
    expect(subject.scan()).toHaveLength(KEYS);
    fileSystem.heal();
    subject.clock.advance(1000);
    await settled();
    expect(subject.tree.stats()).toMatchObject({ entryCount: KEYS, failure: undefined });
    await subject.close();
  });
});

describe('the memory of a memtable that has been flushed', () => {
  it.each([
    { then: 'is spare at once when little was written meanwhile', share: 0.4, spare: 1 },
    { then: 'is kept for the next one while writes come as fast as flushes', share: 0.6, spare: 0 },
  ])('$then', async ({ share, spare }) => {
    const subject = await TreeUnderTest.open({ options });
    const give = vi.spyOn(spareMemory, 'give');
    subject.put('key', 'value');
    const flushed = subject.tree.flush();
    subject.put('other', 'x'.repeat(share * options.memtableBytesMax));
    await flushed;
    await settled();
    expect(give).toHaveBeenCalledTimes(spare);
    await subject.close();
    give.mockRestore();
  });
});
