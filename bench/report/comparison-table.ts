import type { Figure } from '../engine/compare-engines.js';
import { table, times } from '../table.js';

/** One row of a comparison. */
export interface Measure<Subject> {
  readonly name: string;
  readonly of: (subject: Subject) => Figure | undefined;
  readonly format: (value: number) => string;
  /** Which of the peers' values is the best. */
  readonly best: (...values: number[]) => number;
}

/**
 * One row a measure: what each engine reached with its spread over the repeats, the ratio of the first engine to each
 * peer, and to the best of them, native code that is not embedded left aside.
 */
export function comparisonTable<Subject extends { readonly engine: string }>(
  measures: readonly Measure<Subject>[],
  [ours, ...peers]: readonly [Subject, ...Subject[]],
): string {
  const head = [
    'workload',
    ours.engine,
    ...peers.flatMap((peer) => [peer.engine, 'ratio']),
    ...(peers.length > 0 ? ['to the best'] : []),
  ];
  return table(
    head,
    measures.map((measure) => row(measure, ours, peers)),
  );
}

function row<Subject extends { readonly engine: string }>(
  { name, of, format, best }: Measure<Subject>,
  ours: Subject,
  peers: readonly Subject[],
): string[] {
  const own = of(ours);
  const embedded = peers.filter(({ engine }) => engine !== 'db_bench').flatMap((peer) => of(peer)?.median ?? []);
  return [
    name,
    shown(own, format),
    ...peers.flatMap((peer) => [shown(of(peer), format), ratio(own, of(peer)?.median)]),
    ...(peers.length > 0 ? [ratio(own, embedded.length > 0 ? best(...embedded) : undefined)] : []),
  ];
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
