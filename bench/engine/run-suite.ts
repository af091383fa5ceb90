import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClassicLevel } from './classic-level-engine.js';
import { openCoreCache } from './corecache-engine.js';
import { DataSet } from './data-set.js';
import { comparableOptions, type Engine, type EngineName } from './engine.js';
import { workloads } from './workloads.js';

export interface SuiteOptions {
  readonly engine: EngineName;
  readonly keyCount: number;
  readonly valueBytes: number;
  /** Where the databases are made; a temporary directory below it is removed afterwards. */
  readonly directory?: string | undefined;
  /** Names of the workloads to run; all when absent. */
  readonly only?: readonly string[] | undefined;
}

export interface SuiteResult {
  readonly engine: EngineName;
  readonly settings: string;
  /** Operations a second, by workload. */
  readonly rates: Readonly<Record<string, number>>;
  /** Peak resident memory of the process in bytes. */
  readonly peakMemoryBytes: number;
}

/** Runs every workload once on one engine, in this process. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const data = new DataSet(options.keyCount, options.valueBytes);
  const root = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-bench-'));
  const rates: Record<string, number> = {};
  let engine: Engine | undefined;
  let settings = '';
  let generation = 0;
  try {
    for (const { name, fresh, run } of workloads) {
      if (options.only && !options.only.includes(name) && !(name === 'fillrandom')) continue;
      if (fresh || !engine) {
        await engine?.close();
        engine = await open(options.engine, join(root, String(generation++)));
        settings = engine.settings;
      }
      const startedAt = process.hrtime.bigint();
      const operations = await run(engine, data);
      const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
      rates[name] = operations / seconds;
    }
    await engine?.close();
    engine = undefined;
    return { engine: options.engine, settings, rates, peakMemoryBytes: process.resourceUsage().maxRSS * 1024 };
  } finally {
    await engine?.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function open(name: EngineName, directory: string): Promise<Engine> {
  return name === 'corecache'
    ? openCoreCache(directory, comparableOptions)
    : openClassicLevel(directory, comparableOptions);
}
