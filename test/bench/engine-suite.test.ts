import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../bench/engine/compare-engines.js';
import { DataSet } from '../../bench/engine/data-set.js';
import { runSuite } from '../../bench/engine/run-suite.js';
import { chooseWorkloads, workloads } from '../../bench/engine/workloads.js';
import { median } from '../../bench/median.js';

describe('the engine benchmark', () => {
  it.each(['corecache', 'classic-level'] as const)(
    'runs every workload on %s and checks every read',
    async (engine) => {
      const result = await runSuite({ engine, keyCount: 500, valueBytes: 100 });
      const names = workloads.map(({ name }) => name).filter((name) => name !== 'overwrite (sync)');
      expect(Object.keys(result.rates)).toEqual(names);
      for (const rate of Object.values(result.rates)) expect(rate).toBeGreaterThan(0);
      expect(result.bytesOnDisk['range100']).toBeGreaterThan(0);
      expect(result.bytesGiven).toBeGreaterThan(500 * 116 * 3);
      expect(result.peakMemoryBytes).toBeGreaterThan(1024 * 1024);
    },
  );

  it.each(['corecache', 'classic-level'] as const)('runs %s with its compression, and says so', async (engine) => {
    const options = { engine, keyCount: 500, valueBytes: 100, only: ['readrandom'] };
    expect((await runSuite({ ...options, compression: true })).settings).toMatch(/Snappy/);
    expect((await runSuite(options)).settings).toMatch(/no compression/);
  });

  it.each(['corecache', 'classic-level'] as const)('runs %s with the cache asked for, and says so', async (engine) => {
    const options = { engine, keyCount: 500, valueBytes: 100, only: ['readrandom'] };
    expect((await runSuite({ ...options, cacheBytes: 2 * 1024 * 1024 })).settings).toMatch(/^cache 2 MiB/);
    expect((await runSuite(options)).settings).toMatch(/^cache 64 MiB, (up to 3 memtables|write buffer)/);
  });

  it('maps tables when asked to, and says so', async () => {
    const options = { engine: 'corecache', keyCount: 500, valueBytes: 100, only: ['readrandom'] } as const;
    const { settings } = await runSuite({ ...options, mappedBytes: 3 * 1024 * 1024 });
    expect(settings).toMatch(/^cache 64 MiB, up to 3 MiB of tables mapped, up to 3 memtables of 21 MiB/);
  });

  it('has values that can be compressed to about half', () => {
    const data = new DataSet(100);
    const values = Buffer.concat(Array.from({ length: 40 }, (_, i) => data.value(i, 0)));
    const share = deflateRawSync(values).length / values.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.7);
  });

  it('gives large values as many bytes together as values of 100 bytes', () => {
    const data = new DataSet(20_000);
    expect(data.withValuesOf(10_000).keyCount).toBe(200);
    expect(data.withValuesOf(100_000).keyCount).toBe(20);
  });

  it('sees a wrong value', () => {
    const data = new DataSet(10);
    expect(() => data.check(3, data.value(3, 5))).not.toThrow();
    expect(() => data.check(3, data.value(4, 5))).toThrow('read the value of key 4');
    expect(() => data.check(3, undefined)).toThrow('read no bytes');
    const damaged = data.value(3, 5);
    damaged[99]! ^= 1;
    expect(() => data.check(3, damaged)).toThrow('damaged');
  });

  it('sees a wrong key in a scan', () => {
    const data = new DataSet(20);
    expect(() => data.checkEntry(3, data.key(3), data.value(3, 5))).not.toThrow();
    expect(() => data.checkEntry(3, data.key(4), data.value(3, 5))).toThrow('read the key 0000000000000004');
    expect(() => data.checkEntry(3, data.key(3).subarray(1), data.value(3, 5))).toThrow('read the key');
  });

  it('refuses values that are too short to be checked', () => {
    expect(() => new DataSet(10, 8)).toThrow('9 bytes or more');
  });

  it('makes keys of 16 bytes in the order of their numbers, and missing ones that are none of them', () => {
    const data = new DataSet(1000);
    expect(Buffer.from(data.key(120)).toString()).toBe('0000000000000120');
    expect(Buffer.from(data.missingKey(120)).toString()).toBe('000000000000120x');
  });

  it('gives every engine the same order, with each key once', () => {
    const order = new DataSet(100).shuffled(1);
    expect(new DataSet(100).shuffled(1)).toEqual(order);
    const memory = new DataSet(100).shuffled(2);
    expect(memory).not.toEqual(order);
    expect(new DataSet(100).shuffled(1, memory)).toBe(memory);
    expect(memory).toEqual(order);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('fills the database that a chosen workload goes on with, and no other', () => {
    const chosen = (name: string): string[] => chooseWorkloads([name]).map((workload) => workload.name);
    expect(chosen('readseq')).toEqual(['fillrandom', 'readseq']);
    expect(chosen('read10K')).toEqual(['fill10K', 'read10K']);
    expect(chosen('read100K')).toEqual(['fill100K', 'read100K']);
    expect(chosen('fillsync')).toEqual(['fillsync']);
    expect(() => chooseWorkloads(['readrandon'])).toThrow('no workload readrandon');
  });

  it('begins each repeat with another engine', () => {
    const first = [1, 2, 3, 4].map((repeat) => turnsOf(['a', 'b', 'c'], repeat).join(''));
    expect(first).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('shows the median', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});
