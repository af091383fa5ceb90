import { describe, expect, it } from 'vitest';
import type { Comparison, EngineFigures } from '../../bench/engine/compare-engines.js';
import { mergeResults } from '../../bench/results.js';
import type { ScaleReport, ScaleResult } from '../../bench/scale/scale-result.js';
import type { WritesReport, WritesResult } from '../../bench/writes/writes-result.js';

function figures(engine: EngineFigures['engine'], rate: number): EngineFigures {
  return { engine, settings: '', rates: { readseq: { median: rate, least: rate, most: rate } } };
}

function comparison(engines: readonly EngineFigures[], changed: Partial<Comparison> = {}): Comparison {
  const common = {
    machine: 'a machine',
    keyCount: 10,
    valueBytes: 100,
    repeats: 1,
    compression: false,
    cacheBytes: 1,
    mappedBytes: 0,
  };
  return { ...common, engines, missing: [], ...changed };
}

function writesResult(engine: WritesResult['engine'], rate: number, changed: Partial<WritesResult> = {}): WritesResult {
  const way = { keyCount: 10, valueBytes: 100, compression: false, isDurable: false, minutes: 10 };
  return { engine, rate, ...way, ...changed } as WritesResult;
}

function scaleResult(engine: ScaleResult['engine'], openMs: number, changed: Partial<ScaleResult> = {}): ScaleResult {
  const way = { keyCount: 10, valueBytes: 100, compression: false, samples: 500, quietSeconds: 5, fill: {} };
  return { engine, ...way, use: { open: { openMs } }, ...changed } as ScaleResult;
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

  it('name an engine as not run when none of them ran it', () => {
    const missing = (['lmdb', 'sqlite'] as const).map((engine) => ({ engine, reason: 'not installed' }));
    const merged = mergeResults([
      { engines: comparison([figures('corecache', 1)], { missing }) },
      { engines: comparison([figures('lmdb', 2)], { missing: missing.slice(1) }) },
    ]);
    expect(merged.engines!.missing).toEqual([{ engine: 'sqlite', reason: 'not installed' }]);
  });

  it('of writes are reported as one, those measured in the same way beside each other', () => {
    const report = (...results: WritesResult[]): { writes: WritesReport } => ({
      writes: { machine: 'a machine', results, missing: [] },
    });
    const merged = mergeResults([
      report(writesResult('corecache', 1), writesResult('corecache', 2, { compression: true })),
      report(writesResult('classic-level', 3)),
      report(writesResult('corecache', 4), writesResult('corecache', 5, { minutes: 1 })),
    ]);
    const kept = merged.writes!.results.map(({ engine, minutes, rate }) => [engine, minutes, rate]);
    expect(kept).toEqual([
      ['corecache', 10, 4],
      ['corecache', 10, 2],
      ['classic-level', 10, 3],
      ['corecache', 1, 5],
    ]);
  });

  it('at scale are reported as one, those measured in the same way beside each other', () => {
    const report = (...results: ScaleResult[]): { scale: ScaleReport } => ({
      scale: { machine: 'a machine', results, missing: [] },
    });
    const merged = mergeResults([
      report(scaleResult('corecache', 1)),
      report(scaleResult('classic-level', 1), scaleResult('classic-level', 2, { samples: 7 })),
      report(scaleResult('corecache', 3), scaleResult('corecache', 4, { compression: true })),
    ]);
    const kept = merged.scale!.results.map(({ engine, samples, use }) => [engine, samples, use.open.openMs]);
    expect(kept).toEqual([
      ['corecache', 500, 3],
      ['classic-level', 500, 1],
      ['classic-level', 7, 2],
      ['corecache', 500, 4],
    ]);
  });
});
