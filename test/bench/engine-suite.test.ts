import { describe, expect, it } from 'vitest';
import { DataSet } from '../../bench/engine/data-set.js';
import { runSuite } from '../../bench/engine/run-suite.js';
import { workloads } from '../../bench/engine/workloads.js';
import { median } from '../../bench/median.js';

describe('the engine benchmark', () => {
  it.each(['corecache', 'classic-level'] as const)(
    'runs every workload on %s and checks every read',
    async (engine) => {
      const result = await runSuite({ engine, keyCount: 500, valueBytes: 100 });
      expect(Object.keys(result.rates)).toEqual(workloads.map(({ name }) => name));
      for (const rate of Object.values(result.rates)) expect(rate).toBeGreaterThan(0);
    },
  );

  it('sees a wrong value', () => {
    const data = new DataSet(10);
    expect(() => data.check(3, data.value(3, 5))).not.toThrow();
    expect(() => data.check(3, data.value(4, 5))).toThrow('read the value of key 4');
    expect(() => data.check(3, undefined)).toThrow('read no bytes');
    const damaged = data.value(3, 5);
    damaged[99]! ^= 1;
    expect(() => data.check(3, damaged)).toThrow('damaged');
  });

  it('gives every engine the same order, with each key once', () => {
    const order = new DataSet(100).shuffled(1);
    expect(new DataSet(100).shuffled(1)).toEqual(order);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('shows the median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});
