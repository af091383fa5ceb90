import { fork } from 'node:child_process';
import { arch, cpus, release, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { median } from '../median.js';
import { installPeers, type Installation } from '../peers.js';
import type { EngineName } from './engine.js';
import type { SuiteOptions, SuiteResult } from './run-suite.js';
import { workloads } from './workloads.js';

export interface Comparison {
  /** Node.js, processor and system. */
  readonly machine: string;
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly repeats: number;
  readonly engines: readonly EngineFigures[];
  /** Engines that were asked for and could not be run, each with the reason. */
  readonly missing: readonly { readonly engine: EngineFigures['engine']; readonly reason: string }[];
}

export interface EngineFigures {
  readonly engine: EngineName | 'db_bench';
  readonly settings: string;
  /** Operations a second. */
  readonly rates: Readonly<Record<string, Figure>>;
  readonly peakMemoryBytes?: Figure;
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

/** Runs the suite on each engine in turn, each time in a fresh process; the engines take turns in every repeat. */
export async function compareEngines(
  options: ComparisonOptions,
  progress: (line: string) => void,
): Promise<Comparison> {
  const missing = await findMissing(options, progress);
  const engines = options.engines.filter((name) => missing.every(({ engine }) => engine !== name));
  const runs = new Map<EngineName, SuiteResult[]>(engines.map((name) => [name, []]));
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const [engine, results] of runs) {
      progress(`run ${repeat} of ${options.repeats}: ${engine}`);
      results.push(await runInProcess({ ...options, engine }));
    }
  }
  return {
    machine: `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? arch()}, ${type()} ${release()}`,
    keyCount: options.keyCount,
    valueBytes: options.valueBytes,
    repeats: options.repeats,
    engines: engines.map((name) => figuresOf(runs.get(name)!)),
    missing,
  };
}

/** What any of the engines ran, in the order it ran. */
export function workloadNames(engines: readonly EngineFigures[]): string[] {
  return workloads.map(({ name }) => name).filter((name) => engines.some(({ rates }) => name in rates));
}

export function figureOf(values: readonly number[]): Figure {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Tries each engine with a few keys. What cannot be loaded is installed, and tried once more. */
async function findMissing(
  options: ComparisonOptions,
  progress: (line: string) => void,
): Promise<Comparison['missing']> {
  const missing: { engine: EngineName; reason: string }[] = [];
  let installed: Installation | undefined;
  for (const engine of options.engines) {
    let failure = await probe(engine, options);
    if (failure !== undefined && engine !== 'corecache' && engine !== 'classic-level') {
      if (installed === undefined) {
        progress('installing the peers of bench/peers');
        installed = installPeers();
        progress(installed.output);
      }
      failure = await probe(engine, options);
    }
    if (failure === undefined) continue;
    const problem = installed?.problem;
    const reason = problem === undefined ? failure : `${problem}; ${failure}`;
    missing.push({ engine, reason });
    progress(`${engine} cannot be run: ${reason}`);
  }
  return missing;
}

async function probe(engine: EngineName, { directory }: ComparisonOptions): Promise<string | undefined> {
  try {
    await runInProcess({ engine, keyCount: 10, valueBytes: 100, directory, only: ['fillseq'] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function figuresOf(results: readonly SuiteResult[]): EngineFigures {
  const { engine, settings, rates, bytesOnDisk } = results[0]!;
  const amplifications = results.flatMap(({ bytesGiven, bytesWritten }) =>
    bytesWritten === undefined || bytesGiven === 0 ? [] : [bytesWritten / bytesGiven],
  );
  return {
    engine,
    settings,
    rates: Object.fromEntries(
      workloads
        .filter(({ name }) => name in rates)
        .map(({ name }) => [name, figureOf(results.map((result) => result.rates[name]!))]),
    ),
    peakMemoryBytes: figureOf(results.map((result) => result.peakMemoryBytes)),
    bytesOnDisk:
      'range100' in bytesOnDisk ? figureOf(results.map((result) => result.bytesOnDisk['range100']!)) : undefined,
    writeAmplification: amplifications.length > 0 ? figureOf(amplifications) : undefined,
  };
}

function runInProcess(options: SuiteOptions): Promise<SuiteResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('./suite-process.js', import.meta.url)));
    child.once('message', (message: { result?: SuiteResult; failure?: string }) => {
      if (message.result) resolve(message.result);
      else reject(new Error(`${options.engine}: ${message.failure ?? 'no answer'}`));
    });
    child.once('exit', (code) =>
      reject(new Error(`${options.engine}: ended with ${code ?? 'a signal'} before it answered`)),
    );
    child.send(options);
  });
}
