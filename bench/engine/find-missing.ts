import { installPeers, type Installation } from '../peers.js';
import type { EngineName } from './engine.js';
import { runInProcess } from './own-process.js';
import type { SuiteOptions } from './run-suite.js';

/** An engine that was asked for and could not be run. */
export interface MissingEngine {
  readonly engine: EngineName | 'db_bench';
  readonly reason: string;
}

export const suiteProcess = new URL('./suite-process.js', import.meta.url);

/** Tries each engine with a few keys. What cannot be loaded is installed, and tried once more. */
export async function findMissing(
  engines: readonly EngineName[],
  directory: string | undefined,
  progress: (line: string) => void,
): Promise<readonly MissingEngine[]> {
  const missing: MissingEngine[] = [];
  let installed: Installation | undefined;
  for (const engine of engines) {
    let failure = await probe(engine, directory);
    if (failure !== undefined && engine !== 'corecache' && engine !== 'classic-level') {
      if (installed === undefined) {
        progress('installing the peers of bench/peers');
        installed = installPeers();
        progress(installed.output);
      }
      failure = await probe(engine, directory);
    }
    if (failure === undefined) continue;
    const problem = installed?.problem;
    const reason = problem === undefined ? failure : `${problem}; ${failure}`;
    missing.push({ engine, reason });
    progress(`${engine} cannot be run: ${reason}`);
  }
  return missing;
}

async function probe(engine: EngineName, directory: string | undefined): Promise<string | undefined> {
  const options: SuiteOptions = { engine, keyCount: 10, valueBytes: 100, directory, only: ['fillseq'] };
  try {
    await runInProcess(suiteProcess, options);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
