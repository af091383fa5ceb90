import { median } from '../median.js';
import { comparableOptions, type EngineName } from './engine.js';
import { findMissing, suiteProcess, type MissingEngine } from './find-missing.js';
import { describeMachine } from './machine.js';
import { runInProcess } from './own-process.js';
import type { SuiteOptions, SuiteResult } from './run-suite.js';
import { workloads } from './workloads.js';

export interface Comparison {
  /** Node.js, processor and system. */
  readonly machine: string;
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly repeats: number;
  readonly compression: boolean;
  readonly cacheBytes: number;
  /** Of CoreCache. */
  readonly mappedBytes: number;
  readonly engines: readonly EngineFigures[];
  readonly missing: readonly MissingEngine[];
}

export interface EngineFigures {
  readonly engine: EngineName | 'db_bench';
  readonly settings: string;
  /** Operations a second. */
  readonly rates: Readonly<Record<string, Figure>>;
  readonly peakMemoryBytes?: Figure;
  /** Without the pages of files that the process has mapped. */
  readonly peakAnonymousBytes?: Figure | undefined;
  /** After range100, the last workload before the writes of the mixed ones. */
  readonly bytesOnDisk?: Figure | undefined;
  /** Bytes written to the device for each byte of key and value that was given, over the whole run. */
  readonly writeAmplification?: Figure | undefined;
}

export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface ComparisonOptions extends Omit<SuiteOptions, 'engine'> {
  readonly engines: readonly EngineName[];
  readonly repeats: number;
}

/**
 * Runs the suite on each engine in turn, each time in a fresh process; the engines take turns in every repeat.
 * @param keep is given, after each run, the comparison of all that have run until then
 */
export async function compareEngines(
  options: ComparisonOptions,
  progress: (line: string) => void,
  keep: (comparison: Comparison) => void,
): Promise<Comparison> {
  const missing = await findMissing(options.engines, options.directory, progress);
  const engines = options.engines.filter((name) => missing.every(({ engine }) => engine !== name));
  const runs = new Map<EngineName, SuiteResult[]>(engines.map((name) => [name, []]));
  const comparison = (): Comparison => {
    const done = [...runs.values()].filter((results) => results.length > 0);
    return {
      machine: describeMachine(),
      keyCount: options.keyCount,
      valueBytes: options.valueBytes,
      repeats: Math.min(...done.map((results) => results.length)),
      compression: options.compression ?? false,
      cacheBytes: options.cacheBytes ?? comparableOptions.cacheBytes,
      mappedBytes: options.mappedBytes ?? comparableOptions.mappedBytes,
      engines: done.map(figuresOf),
      missing,
    };
  };
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const engine of turnsOf(engines, repeat)) {
      progress(`run ${repeat} of ${options.repeats}: ${engine}`);
      runs.get(engine)!.push(await runInProcess(suiteProcess, { ...options, engine }));
      keep(comparison());
    }
  }
  return { ...comparison(), repeats: options.repeats };
}

/** The order of the engines in a repeat, counted from 1: each begins with another, so that none is always the first. */
export function turnsOf<Name>(engines: readonly Name[], repeat: number): Name[] {
  const first = (repeat - 1) % Math.max(1, engines.length);
  return [...engines.slice(first), ...engines.slice(0, first)];
}

/** What any of the engines ran, in the order it ran. */
export function workloadNames(engines: readonly EngineFigures[]): string[] {
  return workloads.map(({ name }) => name).filter((name) => engines.some(({ rates }) => name in rates));
}

export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

function figuresOf(results: readonly SuiteResult[]): EngineFigures {
  const { engine, settings, rates, bytesOnDisk } = results[0]!;
  const amplifications = results.flatMap(({ bytesGiven, bytesWritten }) =>
    bytesWritten === undefined || bytesGiven === 0 ? [] : [bytesWritten / bytesGiven],
  );
  const anonymous = results.flatMap(({ peakAnonymousBytes }) => peakAnonymousBytes ?? []);
  return {
    engine,
    settings,
    rates: Object.fromEntries(
      workloads
        .filter(({ name }) => name in rates)
        .map(({ name }) => [name, figureOf(results.map((result) => result.rates[name]!))]),
    ),
    peakMemoryBytes: figureOf(results.map((result) => result.peakMemoryBytes)),
    peakAnonymousBytes: anonymous.length > 0 ? figureOf(anonymous) : undefined,
    bytesOnDisk:
      'range100' in bytesOnDisk ? figureOf(results.map((result) => result.bytesOnDisk['range100']!)) : undefined,
    writeAmplification: amplifications.length > 0 ? figureOf(amplifications) : undefined,
  };
}
