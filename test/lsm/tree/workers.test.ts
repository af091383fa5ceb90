import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeFileSystem } from '../../../src/env/node-file-system.js';
import { IDLE_MS } from '../../../src/lsm/background/idle-time.js';
import { TreeUnderTest, type TreeSetting } from './tree-under-test.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'corecache-tree-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function setting(): TreeSetting {
  return { fileSystem: new NodeFileSystem(), directory: join(root, 'partition-0'), background: 'workers' };
}

describe('a tree with worker threads over real files', () => {
  it('flushes and compacts while it is read and written, and opens again whole', async () => {
    let subject = await TreeUnderTest.open(setting());
    const expected = new Map<string, string>();
    for (let i = 0; i < 3000; i++) {
      const key = `key${100 + ((i * 7) % 500)}`;
      if (i % 9 === 0) {
        subject.delete(key);
        expected.delete(key);
      } else {
        subject.put(key, `value ${i}`);
        expected.set(key, `value ${i}`);
      }
      await subject.tree.untilWritable();
      if (i % 100 === 0) expect(await subject.load(key)).toBe(expected.get(key));
    }
    const items = [...expected].map(([key, value]) => `${key}=${value}`).sort();
    expect(subject.scan()).toEqual(items);
    await subject.tree.compact();
    expect(subject.scan()).toEqual(items);
    const { flush, compaction, entryCount } = subject.tree.stats();
    expect([flush.count > 3, compaction.count > 1, entryCount]).toEqual([true, true, items.length]);
    await subject.close();
    subject = await TreeUnderTest.open({ ...setting(), createIfMissing: false });
    expect(subject.scan()).toEqual(items);
    expect((await subject.tree.verify()).problems).toEqual([]);
    expect(subject.failures).toEqual([]);
    await subject.close();
  });

  it('goes on in new threads, and in memory that has been spare, after a time without writes', async () => {
    const subject = await TreeUnderTest.open(setting());
    for (const value of ['one', 'two', 'three']) {
      for (const key of ['a', 'b']) {
        subject.put(key, value);
        await subject.tree.flush();
      }
      await subject.tree.compact();
      subject.clock.advance(IDLE_MS);
      expect(subject.scan()).toEqual([`a=${value}`, `b=${value}`]);
    }
    expect(subject.failures).toEqual([]);
    await subject.close();
  });

  it('does not wait for a slow compaction when it is closed or when it flushes', async () => {
    const options = {
      compactionBytesPerSecondMax: 1,
      level0TablesCompact: 2,
      memtableRecordsMax: 600,
      memtableBytesMax: 1 << 20,
    };
    const subject = await TreeUnderTest.open({ ...setting(), options });
    for (let i = 0; i < 3000; i++) subject.put(`key${1000 + (i % 600)}`, 'x'.repeat(100));
    await subject.tree.flush();
    expect(subject.tree.stats().compaction).toMatchObject({ count: 0, isRunning: true });
    await subject.close();
    const names = await readdir(join(root, 'partition-0'));
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    const again = await TreeUnderTest.open(setting());
    expect(again.scan()).toHaveLength(600);
    await again.close();
  });

  it('hands the error of a thread on', async () => {
    const subject = await TreeUnderTest.open(setting());
    subject.put('a', '1');
    await rm(join(root, 'partition-0'), { recursive: true });
    await expect(subject.tree.flush()).rejects.toMatchObject({ code: 'IO', data: { systemCode: 'ENOENT' } });
    expect(subject.get('a')).toBe('1');
    await subject.close();
  });
});
