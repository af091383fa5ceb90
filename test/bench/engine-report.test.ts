import { describe, expect, it } from 'vitest';
import type { Comparison, EngineFigures } from '../../bench/engine/compare-engines.js';
import { rateIn } from '../../bench/engine/db-bench.js';
import { enginePlot } from '../../bench/report/engine-plot.js';
import { engineTable } from '../../bench/report/engine-table.js';

function figures(engine: EngineFigures['engine'], rate: number, bytes?: number): EngineFigures {
  const of = (value: number): { median: number; least: number; most: number } => ({
    median: value,
    least: value * 0.9,
    most: value * 1.1,
  });
  return {
    engine,
    settings: 'cache <64 MiB>',
    rates: { readseq: of(rate) },
    ...(bytes === undefined ? {} : { peakMemoryBytes: of(bytes) }),
  };
}

const MIB = 1024 * 1024;
const comparison: Comparison = {
  machine: 'a machine',
  keyCount: 1000,
  valueBytes: 100,
  repeats: 3,
  compression: false,
  cacheBytes: 64 * MIB,
  mappedBytes: 0,
  engines: [
    figures('corecache', 200_000, 50 * MIB),
    figures('lmdb', 400_000, 100 * MIB),
    figures('sqlite', 100_000, 40 * MIB),
    figures('db_bench', 800_000),
  ],
  missing: [{ engine: 'rocksdb', reason: 'no compiler\nat line 1' }],
};

function cells(row: string): string[] {
  const line = engineTable(comparison)
    .split('\n')
    .find((candidate) => candidate.startsWith(`| ${row}`));
  return (line ?? '').split('|').map((cell) => cell.trim());
}

describe('the report on the engines', () => {
  it('compares with each peer, and with the best of those that are embedded', () => {
    expect(cells('readseq').slice(2, -1)).toEqual([
      '200 k/s ± 10 %',
      '400 k/s ± 10 %',
      '0.50 ×',
      '100 k/s ± 10 %',
      '2.00 ×',
      '800 k/s ± 10 %',
      '0.25 ×',
      '0.50 ×',
    ]);
  });

  it('takes the least memory for the best', () => {
    expect(cells('peak memory').at(-2)).toBe('1.25 ×');
  });

  it('names the engine that could not be run, with the reason', () => {
    expect(engineTable(comparison)).toContain('- rocksdb: not run. no compiler\n');
  });

  it('draws one bar an engine in each panel, and no text that is markup', () => {
    const picture = enginePlot(comparison);
    const colours = [...picture.matchAll(/<rect x="86"[^>]*fill="(#\w+)"/g)].map((found) => found[1]);
    expect(new Set(colours).size).toBe(4);
    expect(picture).toContain('cache &lt;64 MiB&gt;');
    expect(picture).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('reads the rate out of what db_bench prints', () => {
    const report =
      'Keys: 16 bytes each\nfillseq      :       4.976 micros/op 200972 ops/sec 0.010 seconds 2000 operations;';
    expect(rateIn(report, 'fillseq')).toBe(200_972);
    expect(() => rateIn(report, 'readseq')).toThrow('reported nothing on readseq');
  });
});
