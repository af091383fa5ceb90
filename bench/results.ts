import type { Comparison } from './engine/compare-engines.js';
import type { MissingEngine } from './engine/find-missing.js';
import type { PausesResult } from './pauses/measure-pauses.js';
import type { RestComparison } from './rest/compare-rest.js';
import { describeScale } from './scale/describe-scale.js';
import type { ScaleReport } from './scale/scale-result.js';
import { describeWrites } from './writes/describe-writes.js';
import type { WritesReport } from './writes/writes-result.js';

/** What `--json` writes: the parts that were run. */
export interface Results {
  readonly engines?: Comparison;
  readonly scale?: ScaleReport;
  readonly writes?: WritesReport;
  readonly pauses?: readonly PausesResult[];
  readonly rest?: RestComparison;
}

/**
 * Results of several runs as if they were of one, so that each engine can be run by itself. Of the same engine, measured
 * in the same way, the last counts.
 * @throws Error when they are of different machines, or of engines at different sizes
 */
export function mergeResults(all: readonly Results[]): Results {
  return all.reduce((merged, next) => ({
    ...merged,
    ...next,
    ...(merged.engines && next.engines && { engines: mergeEngines(merged.engines, next.engines) }),
    ...(merged.scale && next.scale && { scale: mergeScale(merged.scale, next.scale) }),
    ...(merged.writes && next.writes && { writes: mergeWrites(merged.writes, next.writes) }),
  }));
}

const sameInAll = ['machine', 'keyCount', 'valueBytes', 'repeats', 'compression', 'cacheBytes', 'mappedBytes'] as const;

function mergeEngines(merged: Comparison, next: Comparison): Comparison {
  for (const same of sameInAll) requireSame(same, merged, next);
  const engines = lastOfEach([...merged.engines, ...next.engines], ({ engine }) => engine);
  return { ...next, engines, missing: stillMissing(engines, merged, next) };
}

function mergeScale(merged: ScaleReport, next: ScaleReport): ScaleReport {
  requireSame('machine', merged, next);
  const all = [...merged.results, ...next.results];
  const results = lastOfEach(all, (result) => `${result.engine}: ${describeScale(result)}`);
  return { ...next, results, missing: stillMissing(results, merged, next) };
}

function mergeWrites(merged: WritesReport, next: WritesReport): WritesReport {
  requireSame('machine', merged, next);
  const all = [...merged.results, ...next.results];
  const results = lastOfEach(all, (result) => `${result.engine}: ${describeWrites(result)}`);
  return { ...next, results, missing: stillMissing(results, merged, next) };
}

/** What none of the runs could run. */
function stillMissing(
  results: readonly { readonly engine: string }[],
  ...runs: readonly { readonly missing: readonly MissingEngine[] }[]
): MissingEngine[] {
  const missing = runs
    .flatMap((run) => run.missing)
    .filter((one) => results.every(({ engine }) => engine !== one.engine));
  return lastOfEach(missing, ({ engine }) => engine);
}

function requireSame<Key extends string>(key: Key, a: Readonly<Record<Key, unknown>>, b: typeof a): void {
  if (a[key] !== b[key])
    throw new Error(`cannot merge results of another ${key}: ${String(a[key])} and ${String(b[key])}`);
}

/** In the order of the first of each. */
function lastOfEach<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()];
}
