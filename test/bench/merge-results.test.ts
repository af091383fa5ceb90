import { describe, expect, it } from 'vitest';
import type { Comparison, EngineFigures } from '../../bench/engine/compare-engines.js';
import { mergeResults } from '../../bench/results.js';

function figures(engine: EngineFigures['engine'], rate: number): EngineFigures {
  return { engine, settings: '', rates: { readseq: { median: rate, least: rate, most: rate } } };
}

function comparison(engines: readonly EngineFigures[], changed: Partial<Comparison> = {}): Comparison {
  const common = { machine: 'a machine', keyCount: 10, valueBytes: 100, repeats: 1, compression: false };
  return { ...common, engines, missing: [], ...changed };
}

describe('results of several runs', () => {
  it('are reported as one, the last of each engine', () => {
    const merged = mergeResults([
      { engines: comparison([figures('corecache', 1), figures('lmdb', 2)]) },
      { engines: comparison([figures('corecache', 3), figures('sqlite', 4)]) },
    ]);
    const rates = merged.engines!.engines.map(({ engine, rates }) => [engine, rates['readseq']!.median]);
    expect(rates).toEqual([
      ['corecache', 3],
      ['lmdb', 2],
      ['sqlite', 4],
    ]);
  });

  it('keep the parts that only one of them ran', () => {
    const writes = { machine: 'a machine', results: [], missing: [] };
    const merged = mergeResults([{ engines: comparison([]) }, { writes }]);
    expect(Object.keys(merged)).toEqual(['engines', 'writes']);
  });

  it('are refused when they are not of the same machine and size', () => {
    const merge = (changed: Partial<Comparison>): unknown =>
      mergeResults([{ engines: comparison([]) }, { engines: comparison([], changed) }]);
    expect(() => merge({ machine: 'another' })).toThrow('machine');
    expect(() => merge({ keyCount: 11 })).toThrow('keyCount');
  });
});
