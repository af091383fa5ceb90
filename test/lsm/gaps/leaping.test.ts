import { describe, expect, it } from 'vitest';
import { CursorState, type Cursor } from '../../../src/lsm/iterator/cursor.js';
import { KnownGaps } from '../../../src/lsm/gaps/known-gaps.js';
import { EVERY_KEY } from '../../../src/lsm/iterator/key-range.js';
import { VisibleIterator } from '../../../src/lsm/iterator/visible-iterator.js';
import { ArrayCursor, bytesOf, del, put, type Version } from '../support/model.js';
import { bytes, TreeUnderTest } from '../tree/tree-under-test.js';

const DELETED = 20_000;
const NOW = 1_700_000_050_000;
const nameOf = (i: number): string => `m${String(i).padStart(6, '0')}`;

/** Counts the moves of one entry. */
class CountingCursor extends ArrayCursor {
  moves = 0;
  failsAt = Infinity;

  override next(): void {
    if (++this.moves === this.failsAt) throw new Error('unreadable');
    super.next();
  }

  override previous(): void {
    this.moves++;
    super.previous();
  }
}

function settle(cursor: Cursor): void {
  while (cursor.state === CursorState.unloaded) cursor.loadSync();
}

describe('an iterator that comes to a known gap', () => {
  const deletes = Array.from({ length: DELETED }, (_, i) => del(nameOf(i), i + 2));
  const versions: Version[] = [put('a', 1), ...deletes, put('z', 1)];
  const LAST = DELETED + 2;
  const overSame = (gaps: KnownGaps): [CountingCursor, VisibleIterator] => {
    const source = new CountingCursor(versions);
    return [source, new VisibleIterator(source, EVERY_KEY, LAST, NOW, gaps)];
  };

  it.each([
    ['seekToFirst, next', (on: Cursor): void => on.seekToFirst(), (on: Cursor): void => on.next()],
    ['seekToLast, previous', (on: Cursor): void => on.seekToLast(), (on: Cursor): void => on.previous()],
  ])('leaps over it, after %s', (_name, begin, goOn) => {
    const gaps = new KnownGaps(() => LAST);
    const moves = [1, 2].map(() => {
      const [source, iterator] = overSame(gaps);
      begin(iterator);
      goOn(iterator);
      settle(iterator);
      expect(iterator.state).toBe(CursorState.ready);
      iterator.close();
      return source.moves;
    });
    expect(moves[0]).toBeGreaterThan(DELETED);
    expect(moves[1]).toBeLessThan(100);
  });

  it.each([
    ['seek', (on: Cursor): void => on.seek(bytesOf(nameOf(5)))],
    ['seekBefore', (on: Cursor): void => on.seekBefore(bytesOf(nameOf(DELETED)))],
  ])('leaps over it in a %s', (_name, seek) => {
    const gaps = new KnownGaps(() => LAST);
    const moves = [1, 2].map(() => {
      const [source, iterator] = overSame(gaps);
      seek(iterator);
      settle(iterator);
      iterator.close();
      return source.moves;
    });
    expect(moves[0]).toBeGreaterThan(DELETED - 10);
    expect(moves[1]).toBeLessThan(2);
  });

  it.each([
    ['forward', (on: Cursor): void => on.seek(bytesOf('b'))],
    ['backward', (on: Cursor): void => on.seekBefore(bytesOf('y'))],
  ])('has made known what it has passed when it lets others in between, %s', (_name, seek) => {
    const gaps = new KnownGaps(() => LAST);
    const [, first] = overSame(gaps);
    seek(first);
    expect(first.state).toBe(CursorState.unloaded);
    first.close();
    expect(gaps.stats.count).toBe(1);
  });

  it.each([
    ['forward', 0, 105, (on: Cursor): void => on.seek(bytesOf(nameOf(0)))],
    ['backward', 10, 5, (on: Cursor): void => on.seekBefore(bytesOf('y'))],
  ])('adds to it the few that it passes behind it, %s', (_name, known, passed, seek) => {
    const gaps = new KnownGaps(() => LAST);
    const moment = { sequence: LAST, nowMs: NOW };
    const stretch = gaps.beginStretch(bytesOf(nameOf(known)), true, moment)!;
    stretch.reach(known === 0 ? bytesOf(nameOf(100)) : undefined);
    stretch.close();
    const source = new ArrayCursor(
      [put('a', 1), ...deletes.slice(0, 110), put('z', 1)].slice(0, known === 0 ? 112 : 111),
    );
    const iterator = new VisibleIterator(source, EVERY_KEY, LAST, NOW, gaps);
    seek(iterator);
    settle(iterator);
    expect(iterator.state).toBe(CursorState.ready);
    iterator.close();
    expect(gaps.around(bytesOf(nameOf(passed)), moment)).toBeDefined();
    expect(gaps.stats.count).toBe(1);
  });

  it('leaves nothing to notice behind when it is closed in a walk', () => {
    const gaps = new KnownGaps(() => LAST);
    const [source, iterator] = overSame(gaps);
    source.failsAt = 100;
    expect(() => iterator.seek(bytesOf('b'))).toThrow('unreadable');
    expect(gaps.isIdle).toBe(false);
    iterator.close();
    expect(gaps.isIdle).toBe(true);
  });

  it.each([
    ['forward', 4095, (on: Cursor): void => on.seek(bytesOf('b'))],
    ['backward', DELETED - 4095, (on: Cursor): void => on.seekBefore(bytesOf('y'))],
  ])('lets others in between also when it has just leapt, %s', (_name, known, seek) => {
    const gaps = new KnownGaps(() => LAST);
    const stretch = gaps.beginStretch(bytesOf(nameOf(known)), true, { sequence: LAST, nowMs: NOW });
    stretch!.reach(bytesOf(nameOf(known + 1)));
    stretch!.close();
    const [source, iterator] = overSame(gaps);
    seek(iterator);
    expect(gaps.stats.leaps).toBe(1);
    expect(source.moves).toBeLessThan(5000);
    settle(iterator);
    iterator.close();
  });

  it.each([true, false])('makes nothing known beyond its range (forward: %s)', (isForward) => {
    // Of the keys outside, a source need not have all: here it has just one on each side.
    for (const count of [63, 64, 4095, 4096]) {
      const gaps = new KnownGaps(() => LAST);
      const source = new ArrayCursor([del('a', 1), ...deletes.slice(0, count), del('z', 1)]);
      const range = { start: bytesOf('m'), end: bytesOf('n') };
      const iterator = new VisibleIterator(source, range, LAST, NOW, gaps);
      if (isForward) iterator.seekToFirst();
      else iterator.seekToLast();
      for (const key of ['b', 'o']) {
        expect(gaps.around(bytesOf(key), { sequence: LAST, nowMs: NOW })).toBeUndefined();
      }
      settle(iterator);
      for (const key of ['b', 'o']) {
        expect(gaps.around(bytesOf(key), { sequence: LAST, nowMs: NOW })).toBeUndefined();
      }
      iterator.close();
    }
  });

  it('makes nothing known of a short stretch', () => {
    const gaps = new KnownGaps(() => LAST);
    const source = new ArrayCursor([put('a', 1), ...deletes.slice(0, 30), put('z', 1)]);
    const iterator = new VisibleIterator(source, EVERY_KEY, LAST, NOW, gaps);
    iterator.seekToFirst();
    while (iterator.state === CursorState.ready) iterator.next();
    iterator.close();
    expect(gaps.isIdle).toBe(true);
  });
});

describe('a queue', () => {
  const pop = (subject: TreeUnderTest, isReverse: boolean): string | undefined => {
    const iterator = subject.tree.iterator({ range: EVERY_KEY, nowMs: subject.clock.now() });
    if (isReverse) iterator.seekToLast();
    else iterator.seekToFirst();
    settle(iterator);
    const { state, entry } = iterator;
    const key = Buffer.from(entry.keyBytes.subarray(entry.keyStart, entry.keyEnd)).toString('latin1');
    iterator.close();
    if (state === CursorState.end) return undefined;
    subject.delete(key);
    return key;
  };

  it.each([false, true])(
    'leaps over what was popped with every pop but the first few (reverse: %s)',
    async (isReverse) => {
      const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 1 << 20 } });
      for (let i = 0; i < 1000; i++) subject.put(nameOf(i), 'v');
      for (let i = 0; i < 1000; i++) expect(pop(subject, isReverse)).toBe(nameOf(isReverse ? 999 - i : i));
      expect(pop(subject, isReverse)).toBeUndefined();
      expect(subject.tree.stats().gaps.count).toBe(1);
      expect(subject.tree.stats().gaps.leaps).toBeGreaterThan(1000 - 100);
      await subject.close();
    },
  );

  it('that is filled and emptied by turns shows what is put into a gap at once', async () => {
    const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 1 << 20 } });
    for (let i = 0; i < 300; i++) subject.put(nameOf(i), 'v');
    for (let i = 0; i < 300; i++) pop(subject, false);
    expect(pop(subject, false)).toBeUndefined();
    for (const key of [nameOf(400), nameOf(17), nameOf(299)]) {
      subject.put(key, 'again');
      expect(subject.scan()).toEqual([`${key}=again`]);
      expect(subject.scan({ isReverse: true })).toEqual([`${key}=again`]);
      expect(pop(subject, false)).toBe(key);
    }
    await subject.close();
  });

  it('bytes of a range that its caller changes later are no part of a gap', async () => {
    const subject = await TreeUnderTest.open({ options: { memtableBytesMax: 1 << 20 } });
    for (let i = 0; i < 300; i++) subject.put(nameOf(i), 'v');
    subject.put('x', 'v');
    for (let i = 0; i < 300; i++) subject.delete(nameOf(i));
    const range = { start: bytes('m'), end: bytes('n') };
    const iterator = subject.tree.iterator({ range, nowMs: subject.clock.now() });
    range.end[0] = 'z'.charCodeAt(0);
    iterator.seekToFirst();
    settle(iterator);
    iterator.close();
    expect(subject.tree.stats().gaps.count).toBe(1);
    expect(subject.scan()).toEqual(['x=v']);
    await subject.close();
  });
});
