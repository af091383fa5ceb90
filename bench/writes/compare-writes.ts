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

/**
 * Runs the engines one after the other, each in a fresh process.
 * @param keep is given the report on those that are done, after each
 */
export async function compareWrites(
  { engines, ...options }: CompareWritesOptions,
  progress: (line: string) => void,
  keep: (report: WritesReport) => void,
): Promise<WritesReport> {
  const missing = await findMissing(engines, options.directory, progress);
  const report: WritesReport = { machine: describeMachine(), results: [], missing };
  const results: WritesResult[] = [];
  for (const engine of engines) {
    if (missing.some((known) => known.engine === engine)) continue;
    progress(`${engine}: ${options.minutes} minutes of random writes`);
    results.push(await runInProcess(writesProcess, { ...options, engine }));
    keep({ ...report, results });
  }
  return { ...report, results };
}
