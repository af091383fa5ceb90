import { describe, expect, it } from 'vitest';
import { stallPressure, writeRate, type StallShape } from '../../../src/lsm/tree/stall-pressure.js';
import { defaultTreeOptions } from '../../../src/lsm/tree-options.js';

const calm: StallShape = { level0Tables: 0, fullMemtables: 0, pendingBytes: 0 };
const MIB = 1024 * 1024;

function pressureOf(shape: Partial<StallShape>): string {
  const { cause, pressure } = stallPressure({ ...calm, ...shape }, defaultTreeOptions);
  return `${cause ?? 'none'} ${pressure.toFixed(2)}`;
}

describe('the pressure on writes', () => {
  it('begins with the count of level 0 and stops writes at its limit', () => {
    expect([0, 11, 12, 18, 23, 24, 30].map((level0Tables) => pressureOf({ level0Tables }))).toEqual([
      'none 0.00',
      'none 0.00',
      'level0 0.08',
      'level0 0.54',
      'level0 0.92',
      'level0 1.00',
      'level0 1.00',
    ]);
  });
  it('takes one sealed memtable for the ordinary course, and grows while the one after the next fills up', () => {
    expect([1, 2, 2.25, 2.5, 3].map((fullMemtables) => pressureOf({ fullMemtables }))).toEqual([
      'none 0.00',
      'none 0.00',
      'memtables 0.25',
      'memtables 0.50',
      'memtables 1.00',
    ]);
  });
  it('grows with the bytes that wait for compaction', () => {
    expect([2048, 5120, 8192].map((mebibytes) => pressureOf({ pendingBytes: mebibytes * MIB }))).toEqual([
      'none 0.00',
      'pending 0.50',
      'pending 1.00',
    ]);
  });
  it('names the strongest cause', () => {
    expect(pressureOf({ level0Tables: 13, fullMemtables: 2.5 })).toBe('memtables 0.50');
    expect(pressureOf({ level0Tables: 20, fullMemtables: 2.5 })).toBe('level0 0.69');
  });
  it('lowers the rate without a step, never to nothing before the stop', () => {
    const rates = Array.from({ length: 101 }, (_, percent) => writeRate(percent / 100));
    expect(rates[0]).toBe(64 * MIB);
    rates.reduce((before, rate) => {
      expect(rate).toBeLessThanOrEqual(before);
      expect(before - rate).toBeLessThan(2 * MIB);
      return rate;
    });
    expect(rates.at(-1)).toBe(256 * 1024);
  });
});
