import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../median.js';
import type { EngineName } from './engine.js';
import type { SuiteOptions, SuiteResult } from './run-suite.js';

export interface Comparison {
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly repeats: number;
  readonly engines: readonly SuiteResult[];
}

const engineNames: readonly EngineName[] = ['corecache', 'classic-level'];

/** Runs the suite on each engine in turn, each time in a fresh process, and keeps the median of the repeats. */
export async function compareEngines(
  options: Omit<SuiteOptions, 'engine'> & { readonly repeats: number },
  progress: (line: string) => void,
): Promise<Comparison> {
  const runs = new Map<EngineName, SuiteResult[]>(engineNames.map((name) => [name, []]));
  for (let repeat = 1; repeat <= options.repeats; repeat++) {
    for (const engine of engineNames) {
      progress(`run ${repeat} of ${options.repeats}: ${engine}`);
      runs.get(engine)!.push(await runInProcess({ ...options, engine }));
    }
  }
  return {
    keyCount: options.keyCount,
    valueBytes: options.valueBytes,
    repeats: options.repeats,
    engines: engineNames.map((name) => medianOf(runs.get(name)!)),
  };
}

function medianOf(results: readonly SuiteResult[]): SuiteResult {
  const first = results[0]!;
  const names = Object.keys(first.rates);
  return {
    engine: first.engine,
    settings: first.settings,
    rates: Object.fromEntries(names.map((name) => [name, median(results.map((result) => result.rates[name]!))])),
    peakMemoryBytes: median(results.map((result) => result.peakMemoryBytes)),
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
