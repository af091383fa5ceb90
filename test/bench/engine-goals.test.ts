import { describe, expect, it } from 'vitest';
import type { Comparison, EngineFigures } from '../../bench/engine/compare-engines.js';
import { comparableOptions } from '../../bench/engine/engine.js';
import { engineGoals } from '../../bench/report/engine-goals.js';
import { engineTable } from '../../bench/report/engine-table.js';
import { workloads } from '../../bench/engine/workloads.js';

function engine(name: EngineFigures['engine'], rate: number, bytes: number): EngineFigures {
  const of = (median: number): { median: number; least: number; most: number } => ({
    ...{ median, least: median, most: median },
  });
  return {
    engine: name,
    settings: '',
    rates: Object.fromEntries(workloads.map((workload) => [workload.name, of(rate)])),
    ...(name === 'db_bench' ? {} : { peakMemoryBytes: of(bytes), bytesOnDisk: of(bytes) }),
  };
}

const peers = [engine('classic-level', 100, 100), engine('lmdb', 300, 50), engine('db_bench', 300, 0)];

function comparison(rate: number, bytes: number, changed: Partial<Comparison> = {}): Comparison {
  return {
    ...{ machine: '', keyCount: 1_000_000, valueBytes: 100, repeats: 1, compression: false, missing: [] },
    cacheBytes: comparableOptions.cacheBytes,
    mappedBytes: 0,
    engines: [engine('corecache', rate, bytes), ...peers],
    ...changed,
  };
}

const isMissed = ({ isReached }: { readonly isReached: boolean | undefined }): boolean => isReached !== true;

describe('the goals at the standard size', () => {
  it('are all reached by twice the fastest peer in no more than LevelDB takes', () => {
    const goals = engineGoals(comparison(600, 100));
    expect(goals).toHaveLength(21);
    expect(goals.filter(isMissed)).toEqual([]);
  });

  it('are missed one by one: by rates below the multiple of the peer, and by more bytes', () => {
    const missed = engineGoals(comparison(599, 101))
      .filter(isMissed)
      .map(({ name }) => name);
    expect(missed).toEqual([
      'fillrandom: 2 × LMDB',
      'overwrite: 2 × LMDB',
      'mixed 50/50: 2 × LMDB',
      'delete: 2 × LMDB',
      'fillsync: 2 × LMDB',
      'readseq: 2 × LMDB',
      'range100: 2 × LMDB',
      'peak memory: no more than LevelDB',
      'on disk: no more than LevelDB',
    ]);
  });

  it('take the fastest of those that can be embedded for the best peer', () => {
    const names = engineGoals({ ...comparison(600, 100), engines: [engine('corecache', 1, 1), peers[0]!, peers[2]!] });
    expect(names[0]).toMatchObject({ name: 'fillseq: 1.5 × LevelDB', ours: '1 /s', against: '100 /s, 0.01 ×' });
  });

  it('are not held against what was not run, nor at another size or with other settings', () => {
    const [ours] = comparison(600, 100).engines;
    expect(engineGoals(comparison(600, 100, { engines: [ours!] }))).toEqual([]);
    for (const other of [{ keyCount: 1000 }, { valueBytes: 10 }, { compression: true }, { cacheBytes: 1 }])
      expect(engineGoals(comparison(600, 100, other))).toEqual([]);
  });

  it('stand below the table', () => {
    expect(engineTable(comparison(600, 100))).toContain('\n| readseq: 2 × LMDB');
    expect(engineTable(comparison(600, 100, { keyCount: 10 }))).not.toContain('reached');
  });
});
