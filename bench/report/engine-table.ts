import { workloadNames, type Comparison, type EngineFigures, type Figure } from '../engine/compare-engines.js';
import { mebibytes } from '../engine/engine.js';
import { perSecond, table, times } from '../table.js';

interface Measure {
  readonly name: string;
  readonly of: (engine: EngineFigures) => Figure | undefined;
  readonly format: (value: number) => string;
  /** Which of the peers' values is the best. */
  readonly best: (...values: number[]) => number;
}

const costs: readonly Measure[] = [
  { name: 'peak memory', of: (engine) => engine.peakMemoryBytes, format: mebibytes, best: Math.min },
  { name: 'on disk', of: (engine) => engine.bytesOnDisk, format: mebibytes, best: Math.min },
  {
    name: 'written / given',
    of: (engine) => engine.writeAmplification,
    format: (value) => value.toFixed(2),
    best: Math.min,
  },
];

/**
 * One row a workload: the rate of each engine with its spread over the repeats, the ratio of the first engine to each
 * peer, and to the best of them, native code that is not embedded left aside. Then memory, disk and write amplification,
 * where a ratio below 1 is the better.
 */
export function engineTable(comparison: Comparison): string {
  const [ours, ...peers] = comparison.engines;
  if (!ours) return `\n${heading(comparison)}\n`;
  const rates = workloadNames(comparison.engines).map((name): Measure => ({
    name,
    of: (engine) => engine.rates[name],
    format: perSecond,
    best: Math.max,
  }));
  const shownCosts = costs.filter(({ of }) => of(ours) !== undefined);
  const head = [
    'workload',
    ours.engine,
    ...peers.flatMap((peer) => [peer.engine, 'ratio']),
    ...(peers.length > 0 ? ['to the best'] : []),
  ];
  return `\n${heading(comparison)}\n\n${table(
    head,
    [...rates, ...shownCosts].map((measure) => row(measure, ours, peers)),
  )}\n`;
}

function row({ name, of, format, best }: Measure, ours: EngineFigures, peers: readonly EngineFigures[]): string[] {
  const own = of(ours);
  const embedded = peers.filter(({ engine }) => engine !== 'db_bench').flatMap((peer) => of(peer)?.median ?? []);
  return [
    name,
    shown(own, format),
    ...peers.flatMap((peer) => [shown(of(peer), format), ratio(own, of(peer)?.median)]),
    ...(peers.length > 0 ? [ratio(own, embedded.length > 0 ? best(...embedded) : undefined)] : []),
  ];
}

/** What was measured, with which settings, and what could not be. */
export function heading(comparison: Comparison): string {
  const { machine, keyCount, valueBytes, repeats, engines, missing } = comparison;
  return [
    `${keyCount} keys of 16 bytes, values of ${valueBytes} bytes, median of ${repeats} (± half the range between the runs)`,
    machine,
    '',
    ...engines.map(({ engine, settings }) => `- ${engine}: ${settings}`),
    ...missing.map(({ engine, reason }) => `- ${engine}: not run. ${reason.split('\n')[0] ?? ''}`),
  ].join('\n');
}

function shown(figure: Figure | undefined, format: (value: number) => string): string {
  if (!figure) return '–';
  const spread = ((figure.most - figure.least) / 2 / figure.median) * 100;
  return figure.most === figure.least ? format(figure.median) : `${format(figure.median)} ± ${spread.toFixed(0)} %`;
}

/** A dash where there is nothing to compare with, or nothing was written: a file system in memory has no device. */
function ratio(own: Figure | undefined, peer: number | undefined): string {
  return own && peer ? times(own.median / peer) : '–';
}
