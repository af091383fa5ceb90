import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineName } from '../engine/engine.js';
import { findMissing } from '../engine/find-missing.js';
import { describeMachine } from '../engine/machine.js';
import { runInProcess } from '../engine/own-process.js';
import type { FillOptions } from './fill-stage.js';
import type { FillResult, ScaleReport, ScaleResult, UseResult } from './scale-result.js';
import type { UseOptions } from './use-stage.js';

export interface ScaleOptions {
  readonly engines: readonly EngineName[];
  readonly keyCount: number;
  readonly valueBytes: number;
  readonly compression: boolean;
  readonly samples: number;
  readonly quietSeconds: number;
  readonly overwrite: boolean;
  /** Where the databases are made; the system's temporary directory when absent. */
  readonly directory?: string | undefined;
  /** Keep the databases and what was measured below `directory`, and go on from what is there of an earlier run. */
  readonly keep: boolean;
}

const stageProcess = new URL('./stage-process.js', import.meta.url);

/**
 * Runs the engines one after the other, each of their stages in a fresh process.
 * @param keep is given the report on those that are done, after each
 */
export async function compareScale(
  options: ScaleOptions,
  progress: (line: string) => void,
  keep: (report: ScaleReport) => void,
): Promise<ScaleReport> {
  const missing = await findMissing(options.engines, options.directory, progress);
  const report: ScaleReport = { machine: describeMachine(), results: [], missing };
  const results: ScaleResult[] = [];
  for (const engine of options.engines) {
    if (missing.some((known) => known.engine === engine)) continue;
    results.push(await measure(engine, options, progress));
    keep({ ...report, results });
  }
  return { ...report, results };
}

async function measure(
  engine: EngineName,
  options: ScaleOptions,
  progress: (line: string) => void,
): Promise<ScaleResult> {
  const { keyCount, valueBytes, compression, samples, quietSeconds } = options;
  const root = rootOf(engine, options);
  const run = async <Result>(name: string, stage: FillOptions | UseOptions): Promise<Result> => {
    const resultFile = join(root, `${name}.json`);
    if (existsSync(resultFile)) {
      progress(`${engine}: ${name}, as measured before`);
      return JSON.parse(readFileSync(resultFile, 'utf8')) as Result;
    }
    progress(`${engine}: ${name}, ${stage.keyCount} keys`);
    const result: Result = await runInProcess(stageProcess, stage);
    writeFileSync(resultFile, JSON.stringify(result));
    return result;
  };
  const common = { engine, valueBytes, compression };
  const tenth = { ...common, directory: join(root, 'tenth'), keyCount: Math.max(1, Math.floor(keyCount / 10)) };
  const whole = { ...common, directory: join(root, 'whole'), keyCount };
  try {
    const { overwrite } = options;
    const fillOfTenth = await run<FillResult>('fill-tenth', { stage: 'fill', ...tenth, quietSeconds, overwrite });
    const useOfTenth = await run<UseResult>(`use-tenth-${samples}`, { stage: 'use', ...tenth, samples });
    const fill = await run<FillResult>('fill', { stage: 'fill', ...whole, quietSeconds, overwrite });
    const use = await run<UseResult>(`use-${samples}`, { stage: 'use', ...whole, samples });
    return {
      engine,
      settings: fill.settings,
      keyCount,
      valueBytes,
      compression,
      samples,
      quietSeconds,
      fill,
      openOfTenth: useOfTenth.open,
      memoryOfTenth: {
        writing: fillOfTenth.memory.peakResidentBytes,
        reading: useOfTenth.memory.peakResidentBytes,
      },
      use,
    };
  } finally {
    if (!options.keep) rmSync(root, { recursive: true, force: true });
  }
}

function rootOf(engine: EngineName, options: ScaleOptions): string {
  const { keyCount, valueBytes, compression, overwrite, directory, keep } = options;
  const parent = directory ?? tmpdir();
  if (!keep) return mkdtempSync(join(parent, 'corecache-scale-'));
  const variant = `${overwrite ? '-overwritten' : ''}${compression ? '-compressed' : ''}`;
  const root = join(parent, `scale-${engine}-${keyCount}x${valueBytes}${variant}`);
  mkdirSync(root, { recursive: true });
  return root;
}
