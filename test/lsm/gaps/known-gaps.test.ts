import { describe, expect, it } from 'vitest';
import { encodeBatch } from '../support/encode-batch.js';
import type { Gap } from '../../../src/lsm/gaps/gap.js';
import { KnownGaps } from '../../../src/lsm/gaps/known-gaps.js';
import { bytes, put, remove } from '../tree/tree-under-test.js';

/** Gaps of a tree whose last sequence the test sets. */
class Setting {
  lastSequence = 10;
  readonly gaps = new KnownGaps(() => this.lastSequence);

  /** A walk over it has shown nothing; backward over the same keys when said so. */
  find(start: string, end: string | undefined, { sequence = 10, nowMs = 100, isForward = true } = {}): this {
    const [from, to] = isForward ? [start, end] : [end, start];
    const stretch = this.gaps.beginStretch(from === undefined ? undefined : bytes(from), isForward, {
      sequence,
      nowMs,
    });
    stretch?.reach(to === undefined ? undefined : bytes(to));
    stretch?.close();
    return this;
  }

  put(key: string): this {
    this.gaps.notice(encodeBatch([put(key, 'v')], 1));
    return this;
  }

  around(key: string, { sequence = 10, nowMs = 100 } = {}): string | undefined {
    return shown(this.gaps.around(bytes(key), { sequence, nowMs }));
  }

  before(key: string | undefined): string | undefined {
    const edge = key === undefined ? undefined : bytes(key);
    return shown(this.gaps.before(edge, { sequence: 10, nowMs: 100 }));
  }
}

function shown(gap: Gap | undefined): string | undefined {
  const text = (key: Uint8Array): string => Buffer.from(key).toString('latin1');
  return gap && `${text(gap.start)}..${gap.end === undefined ? '' : text(gap.end)}`;
}

describe('a known gap', () => {
  it('holds the keys from its start to before its end', () => {
    const setting = new Setting().find('c', 'f');
    expect(['b', 'c', 'e', 'f'].map((key) => setting.around(key))).toEqual([undefined, 'c..f', 'c..f', undefined]);
    expect(['c', 'd', 'f', 'g'].map((key) => setting.before(key))).toEqual([undefined, 'c..f', 'c..f', undefined]);
  });

  it('may have no end, and be found from the end of all keys', () => {
    const setting = new Setting().find('c', undefined);
    expect([setting.around('z'), setting.before(undefined)]).toEqual(['c..', 'c..']);
    expect(new Setting().find('c', 'f').before(undefined)).toBeUndefined();
  });

  it('is found by a walk backward, too', () => {
    expect(new Setting().find('c', 'f', { isForward: false }).around('d')).toBe('c..f');
    expect(new Setting().find('c', undefined, { isForward: false }).around('d')).toBe('c..');
  });

  it('is for readers of its sequence and later, and of its time and later', () => {
    const setting = new Setting().find('c', 'f');
    expect(setting.around('d', { sequence: 9 })).toBeUndefined();
    expect(setting.around('d', { nowMs: 99 })).toBeUndefined();
    expect(setting.around('d', { sequence: 11, nowMs: 101 })).toBe('c..f');
  });

  it('is cut by a put, and not by a delete', () => {
    const setting = new Setting().find('c', 'f');
    setting.gaps.notice(encodeBatch([remove('d')], 1));
    expect(setting.around('d')).toBe('c..f');
    setting.put('d');
    expect(['c', 'd', 'd\0', 'e'].map((key) => setting.around(key))).toEqual(['c..d', undefined, 'd\0..f', 'd\0..f']);
  });

  it('is gone when all of it has been put', () => {
    const setting = new Setting().find('c', 'c\0').put('c');
    expect(setting.gaps.isIdle).toBe(true);
  });

  it('grows by what it meets, and then is of the later moment', () => {
    const setting = new Setting().find('c', 'f');
    setting.lastSequence = 12;
    setting.find('f', 'h', { sequence: 12 });
    expect(setting.around('d', { sequence: 11 })).toBeUndefined();
    expect(setting.around('d', { sequence: 12 })).toBe('c..h');
    expect(setting.gaps.stats.count).toBe(1);
  });

  it('takes the place of those within it, whatever their moment', () => {
    const setting = new Setting().find('d', 'e', { nowMs: 500 }).find('c', 'f', { nowMs: 100 });
    expect(setting.around('d')).toBe('c..f');
  });

  it('stays apart from one that it does not meet', () => {
    const setting = new Setting().find('c', 'd').find('e', 'f');
    expect([setting.around('c'), setting.around('d'), setting.around('e')]).toEqual(['c..d', undefined, 'e..f']);
  });

  it('that was used longest ago is forgotten when there are too many', () => {
    const setting = new Setting();
    const name = (i: number): string => `k${String(i).padStart(3, '0')}`;
    for (let i = 0; i < 64; i++) setting.find(name(i), `${name(i)}x`);
    expect(setting.around(name(0))).toBeDefined();
    setting.find('z', 'zz');
    expect([0, 1, 2].map((i) => setting.around(name(i)) !== undefined)).toEqual([true, false, true]);
    expect(setting.gaps.stats.count).toBe(64);
  });
});

describe('a walk that shows nothing', () => {
  it('is of no use when something was written after its moment', () => {
    expect(new Setting().find('c', 'f', { sequence: 9 }).gaps.isIdle).toBe(true);
  });

  it.each([
    [true, 'c..d'],
    [false, 'd\0..f'],
  ])('keeps what lies before the first key put in its way (forward: %s)', (isForward, expected) => {
    const setting = new Setting();
    const [from, to] = isForward ? ['c', 'f'] : ['f', 'c'];
    const stretch = setting.gaps.beginStretch(bytes(from), isForward, { sequence: 10, nowMs: 100 })!;
    setting.put('d').put('a').put('z');
    setting.lastSequence = 13;
    stretch.reach(bytes(to));
    stretch.close();
    expect([setting.around('c'), setting.around('e')].filter((gap) => gap !== undefined)).toEqual([expected]);
  });

  it('that met a put at its very start keeps nothing', () => {
    const setting = new Setting();
    const stretch = setting.gaps.beginStretch(bytes('c'), true, { sequence: 10, nowMs: 100 })!;
    setting.put('c');
    stretch.reach(bytes('f'));
    expect(setting.gaps.stats.count).toBe(0);
  });

  it('has writes noticed until it is closed', () => {
    const setting = new Setting();
    const stretch = setting.gaps.beginStretch(bytes('c'), true, { sequence: 10, nowMs: 100 })!;
    expect(setting.gaps.isIdle).toBe(false);
    stretch.close();
    expect(setting.gaps.isIdle).toBe(true);
  });
});
