import { describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { put, remove, TreeUnderTest } from './tree-under-test.js';

const KEYS = Array.from({ length: 64 }, (_, i) => `k${String(i).padStart(2, '0')}`);
const valueOf = (key: string): string => `${key}:`.padEnd(60, '.');
const VALUES = KEYS.map(valueOf);

function fill(subject: TreeUnderTest): void {
  for (const key of KEYS) subject.put(key, valueOf(key));
}

describe('many keys at once', () => {
  it('are found in memtables', async () => {
    const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 1 << 20 } });
    fill(subject);
    expect(subject.getTogether(KEYS)).toEqual(VALUES);
    expect(subject.foundTogether).toBe(KEYS.length);
    await subject.close();
  });

  it('are found in blocks that are in memory', async () => {
    const subject = await TreeUnderTest.open();
    fill(subject);
    await subject.tree.compact();
    expect(subject.scan().length).toBe(KEYS.length);
    // Directories are made for blocks that are asked again and again.
    for (let i = 0; i < 10; i++) expect(subject.getTogether(KEYS)).toEqual(VALUES);
    expect(subject.foundTogether).toBe(10 * KEYS.length);
    await subject.close();
  });

  it('are found where they lie in mapped files', async () => {
    const subject = await TreeUnderTest.open({ mappedBytesMax: 1 << 20 });
    fill(subject);
    await subject.tree.compact();
    const snapshot = subject.tree.takeSnapshot();
    for (const key of KEYS) if (key.endsWith('7')) subject.put(key, `newer ${key}`.padEnd(70));
    await subject.tree.flush();
    const asked = [...KEYS.slice(0, 40), 'absent', 'k1', 'k100', ...KEYS.slice(0, 10)];
    const expected = asked.map((key) => {
      if (!KEYS.includes(key)) return undefined;
      return key.endsWith('7') ? `newer ${key}`.padEnd(70) : valueOf(key);
    });
    // What is missed is read until the tables are mapped.
    for (let i = 0; i < 3; i++) for (const key of KEYS) await subject.load(key);
    const { cacheBytes } = subject;
    for (let i = 0; i < 10; i++) {
      expect(subject.getTogether(asked)).toEqual(expected);
      expect(subject.getTogether(KEYS, snapshot.sequence)).toEqual(VALUES);
    }
    // Those whose versions go on in the next block are not.
    expect(subject.foundTogether).toBeGreaterThan(9 * (50 + KEYS.length));
    expect(subject.mappedBytes).toBeGreaterThan(0);
    expect(subject.cacheBytes).toBe(cacheBytes);
    snapshot.release();
    await subject.close();
  });

  it('are read from files that answer at once, of others left to be read by themselves', async () => {
    let answersAtOnce = true;
    const subject = await TreeUnderTest.open({
      fileSystem: new CrashableFileSystem(() => answersAtOnce),
      cacheBytesMax: 0,
    });
    fill(subject);
    await subject.tree.compact();
    // Without a cache a table is closed as soon as nobody uses it: it is held open by a walk.
    const walk = subject.tree.iterator({ range: { start: undefined, end: undefined }, nowMs: 0 });
    walk.seekToFirst();
    const before = subject.blocksRead;
    expect(subject.getTogether(KEYS)).toEqual(VALUES);
    expect(subject.blocksRead).toBeGreaterThan(before);
    answersAtOnce = false;
    const foundBefore = subject.foundTogether;
    expect(subject.getTogether(KEYS)).toEqual(VALUES);
    expect(subject.foundTogether).toBe(foundBefore);
    walk.close();
    await subject.close();
  });

  it('are each the newest version at its sequence, wherever it is', async () => {
    const subject = await TreeUnderTest.open({ fileSystem: new CrashableFileSystem(() => true) });
    fill(subject);
    await subject.tree.compact();
    const snapshot = subject.tree.takeSnapshot();
    subject.write([put('k01', 'new'), remove('k02')]);
    await subject.tree.flush();
    subject.write([put('k03', 'newest'), remove('k04')]);
    const asked = ['k01', 'k02', 'k03', 'k04', 'k05', 'absent', 'k01'];
    expect(subject.getTogether(asked)).toEqual([
      'new',
      undefined,
      'newest',
      undefined,
      valueOf('k05'),
      undefined,
      'new',
    ]);
    expect(subject.getTogether(asked, snapshot.sequence)).toEqual(
      asked.map((key) => (key === 'absent' ? undefined : valueOf(key))),
    );
    snapshot.release();
    await subject.close();
  });

  it('with values in value files are left to be read by themselves', async () => {
    const subject = await TreeUnderTest.open({ options: { separatedValueBytesMin: 1 } });
    fill(subject);
    await subject.tree.compact();
    for (let i = 0; i < 2; i++) expect(subject.getTogether(KEYS)).toEqual(VALUES);
    expect(subject.foundTogether).toBe(0);
    await subject.close();
  });

  it.each([0, 1 << 20])(
    'whose versions go on in the next block are found all the same, %i bytes mapped',
    async (mappedBytesMax) => {
      const options = { blockBytes: 64, memtableBytesMax: 1 << 20 };
      const subject = await TreeUnderTest.open({ options, mappedBytesMax });
      const sequences: number[] = [];
      for (let i = 0; i < 20; i++) {
        subject.put('k', `${i}`.padEnd(50, '.'));
        sequences.push(subject.tree.takeSnapshot().sequence);
      }
      await subject.tree.flush();
      for (const sequence of sequences) await subject.load('k', sequence);
      expect(subject.mappedBytes > 0).toBe(mappedBytesMax > 0);
      for (const [i, sequence] of sequences.entries()) {
        expect(subject.getTogether(['a', 'k', 'z'], sequence)).toEqual([undefined, `${i}`.padEnd(50, '.'), undefined]);
      }
      await subject.close();
    },
  );

  it('leave rows of those that are asked for again and again', async () => {
    const subject = await TreeUnderTest.open();
    fill(subject);
    await subject.tree.compact();
    for (let i = 0; i < 200; i++) expect(subject.getTogether(KEYS.slice(0, 8))).toEqual(VALUES.slice(0, 8));
    expect(subject.rowHits).toBeGreaterThan(0);
    await subject.close();
  });
});
