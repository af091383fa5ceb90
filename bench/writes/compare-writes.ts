import type { EngineName } from '../engine/engine.js';
import { findMissing } from '../engine/find-missing.js';
import { describeMachine } from '../engine/machine.js';
import { runInProcess } from '../engine/own-process.js';
import type { WritesOptions } from './run-writes.js';
import type { WritesReport, WritesResult } from './writes-result.js';

export interface CompareWritesOptions extends Omit<WritesOptions, 'engine'> {
  readonly engines: readonly EngineName[];
}

const writesProcess = new URL('./writes-process.js', import.meta.url);

/** Runs the engines one after the other, each in a fresh process. */
export async function compareWrites(
  { engines, ...options }: CompareWritesOptions,
  progress: (line: string) => void,
): Promise<WritesReport> {
  const missing = await findMissing(engines, options.directory, progress);
  const results: WritesResult[] = [];
  for (const engine of engines) {
    if (missing.some((known) => known.engine === engine)) continue;
    progress(`${engine}: ${options.minutes} minutes of random writes`);
    results.push(await runInProcess(writesProcess, { ...options, engine }));
  }
  return { machine: describeMachine(), results, missing };
}
