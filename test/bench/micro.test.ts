import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Cost } from '../../bench/micro/cost.js';
import { measureFills } from '../../bench/micro/measure-fills.js';
import { measureMemory } from '../../bench/micro/measure-memory.js';
import { measurePoints } from '../../bench/micro/measure-points.js';
import { measureReadsBehindFill } from '../../bench/micro/measure-reads-behind-fill.js';
import { measureScans } from '../../bench/micro/measure-scans.js';
import { measureLargeValues } from '../../bench/micro/measure-values.js';
import { measureWritesBesideSyncs } from '../../bench/micro/measure-writes-beside-syncs.js';

function expectCosts(costs: readonly Cost[], count: number): void {
  expect(costs).toHaveLength(count);
  expect(new Set(costs.map(({ step }) => step)).size).toBe(count);
  for (const { nanoseconds } of costs) expect(nanoseconds).toBeGreaterThanOrEqual(0);
}

const isLinux = process.platform === 'linux';

describe('what one operation costs', () => {
  it('is told of every step of a scan', async () => {
    expectCosts(await measureScans(250), 7);
  });

  it.each(['corecache', 'classic-level'] as const)('is told of every kind of point read of %s', async (engine) => {
    expectCosts(await measurePoints({ engine, keyCount: 300, operations: 200 }), 10);
  });

  it('is told of what becomes of a large value', async () => {
    expectCosts(await measureLargeValues(20_000, 20), isLinux ? 11 : 9);
  });

  it('is told by thread of the entries of a fill', async () => {
    expectCosts(await measureFills({ engine: 'corecache', keyCount: 300 }), isLinux ? 11 : 0);
  });
});

describe('reads behind a fill', () => {
  it('are told tenth by tenth, and once more when the tree has settled', async () => {
    const parts = await measureReadsBehindFill({ keyCount: 205, mappedBytes: 0, quietSeconds: 0.01 });
    expect(parts.map(({ stage, number }) => `${stage} ${number}`)).toEqual(
      ['behind the fill', 'settled'].flatMap((stage) => Array.from({ length: 10 }, (_, i) => `${stage} ${i + 1}`)),
    );
    for (const { rate } of parts) expect(rate).toBeGreaterThan(0);
  });
});

describe('writes to a file that is synced', () => {
  it('are told from those to one that is not, and all are counted', async () => {
    const { beside, alone } = await measureWritesBesideSyncs(tmpdir(), 1);
    expect(beside.writes + alone.writes).toBe(2048);
    expect(beside.writes).toBeGreaterThan(0);
    expect(alone.writes).toBeGreaterThanOrEqual(512);
  });
});

describe('where the memory goes', () => {
  it('adds up to what is resident, after each stage', async () => {
    const stages = await measureMemory(300, 1024 * 1024);
    expect(stages.map(({ stage }) => stage)).toEqual([
      'the harness alone',
      'an empty database',
      'fillrandom',
      'overwrite',
      'readrandom',
      'mixed 50/50',
      'delete',
      'a scan of nothing',
    ]);
    for (const { peak, resident, files, heap, cache, rest } of stages) {
      expect(peak).toBeGreaterThan(0);
      expect(files + heap + cache + rest).toBeGreaterThanOrEqual(resident);
    }
  });
});
