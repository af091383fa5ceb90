import { describe, expect, it } from 'vitest';
import { TreeUnderTest } from './tree-under-test.js';

const HOUR = 3_600_000;

async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}

const keyOf = (i: number): string => `key${String(i).padStart(5, '0')}`;

describe('a queue, put at one end and deleted at the other', () => {
  it('keeps few tombstones in its tables', async () => {
    const options = { level0TablesCompact: 10, level0TablesSlow: 20, level0TablesStop: 30 };
    const subject = await TreeUnderTest.open({ options });
    for (let i = 0; i < 1000; i++) {
      subject.put(keyOf(i), 'job');
      if (i >= 10) subject.delete(keyOf(i - 10));
      if (i % 100 === 99) {
        await subject.tree.flush();
        await settled();
        expect(subject.tree.stats().entryCount).toBeLessThan(30);
      }
    }
    expect(subject.scan()).toHaveLength(10);
    await subject.close();
  });
});

describe('values that end', () => {
  it('are cleared away when half of a table has ended, and not for every few', async () => {
    const subject = await TreeUnderTest.open();
    const start = subject.clock.now();
    for (let i = 0; i < 40; i++) subject.put(keyOf(i), 'x', start + HOUR + i);
    await subject.tree.flush();
    await subject.tree.compact();
    const { count } = subject.tree.stats().compaction;
    subject.clock.advance(HOUR + 18);
    await settled();
    expect(subject.tree.stats()).toMatchObject({ entryCount: 40, compaction: { count } });
    subject.clock.advance(1);
    await settled();
    expect(subject.tree.stats()).toMatchObject({ entryCount: 20, compaction: { count: count + 1 } });
    await subject.close();
  });

  it('are cleared away within a day, however few', async () => {
    const subject = await TreeUnderTest.open();
    subject.put('short', 'x', subject.clock.now() + 1);
    for (let i = 0; i < 40; i++) subject.put(keyOf(i), 'x');
    await subject.tree.flush();
    await subject.tree.compact();
    subject.clock.advance(24 * HOUR);
    await settled();
    expect(subject.tree.stats().entryCount).toBe(41);
    subject.clock.advance(1);
    await settled();
    expect(subject.tree.stats().entryCount).toBe(40);
    await subject.close();
  });
});

describe('versions that a snapshot read', () => {
  const held = async (overwrittenKeys: number) => {
    const subject = await TreeUnderTest.open();
    for (let i = 0; i < 20; i++) subject.put(keyOf(i), 'old');
    const snapshot = subject.tree.takeSnapshot();
    for (let i = 0; i < overwrittenKeys; i++) subject.put(keyOf(i), 'new');
    await subject.tree.compact();
    expect(subject.tree.stats().entryCount).toBe(20 + overwrittenKeys);
    expect(subject.get(keyOf(0), snapshot.sequence)).toBe('old');
    return { subject, snapshot };
  };

  it('go when it is released and the range is compacted', async () => {
    const { subject, snapshot } = await held(5);
    snapshot.release();
    await settled();
    expect(subject.tree.stats().entryCount).toBe(25);
    await subject.tree.compact();
    expect(subject.tree.stats().entryCount).toBe(20);
    expect(subject.get(keyOf(0))).toBe('new');
    await subject.close();
  });

  it('stay while it is held', async () => {
    const { subject, snapshot } = await held(5);
    await subject.tree.compact();
    expect(subject.get(keyOf(0), snapshot.sequence)).toBe('old');
    await subject.close();
  });

  it('go by themselves when it is released and they are half of a table', async () => {
    const { subject, snapshot } = await held(20);
    snapshot.release();
    await settled();
    expect(subject.tree.stats().entryCount).toBe(20);
    await subject.close();
  });
});
