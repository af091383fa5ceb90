import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSet } from './data-set.js';
import type { Engine, EngineName } from './engine.js';
import { bytesOnDisk, bytesWritten } from './footprint.js';
import { MemoryMeter } from './memory-meter.js';
import { openEngine } from './open-engine.js';
import { chooseWorkloads } from './workloads.js';

export interface SuiteOptions {
  readonly engine: EngineName;
  readonly keyCount: number;
  readonly valueBytes: number;
  /** Where the databases are made; a temporary directory below it is removed afterwards. */
  readonly directory?: string | undefined;
  /** Names of the workloads to run; all when absent. */
  readonly only?: readonly string[] | undefined;
  /** Off when absent. */
  readonly compression?: boolean | undefined;
  /** Those of `comparableOptions` when absent. */
  readonly cacheBytes?: number | undefined;
  readonly mappedBytes?: number | undefined;
}

export interface SuiteResult {
  readonly engine: EngineName;
  readonly settings: string;
  /** Operations a second, by workload; without those that the engine has no call for. */
  readonly rates: Readonly<Record<string, number>>;
  /** What the database's files take after each workload. */
  readonly bytesOnDisk: Readonly<Record<string, number>>;
  /** Of the whole run: keys and values that the engine was given, and what it had written for them until it was closed. */
  readonly bytesGiven: number;
  readonly bytesWritten: number | undefined;
  /** Of the process: all that was resident, and without the pages of files as far as samples can tell. */
  readonly peakMemoryBytes: number;
  readonly peakAnonymousBytes: number | undefined;
}

/** Runs every workload once on one engine, in this process. */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const data = new DataSet(options.keyCount, options.valueBytes);
  const root = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-bench-'));
  const rates: Record<string, number> = {};
  const onDisk: Record<string, number> = {};
  const writtenBefore = bytesWritten() ?? 0;
  /** By removing databases before all of their pages were on the device; less than nothing. */
  let writtenByRemoval = 0;
  const meter = new MemoryMeter();
  let bytesGiven = 0;
  let engine: Engine | undefined;
  let settings = '';
  let directory = root;
  /** In the memory of the one before: nothing of the harness comes and goes beside the engine. */
  let order: Uint32Array | undefined;
  try {
    for (const [position, { name, fresh, suits, run }] of chooseWorkloads(options.only).entries()) {
      if (fresh || !engine) {
        await engine?.close();
        engine = undefined;
        const beforeRemoval = bytesWritten() ?? 0;
        rmSync(directory, { recursive: true, force: true });
        writtenByRemoval += (bytesWritten() ?? 0) - beforeRemoval;
        directory = join(root, name.replaceAll(' ', '-'));
        mkdirSync(directory, { recursive: true });
        const { compression = false, cacheBytes, mappedBytes } = options;
        engine = await openEngine({ engine: options.engine, directory, compression, cacheBytes, mappedBytes });
        settings = engine.settings;
      }
      if (!suits(engine)) continue;
      order = data.shuffled(position + 1, order);
      const startedAt = process.hrtime.bigint();
      const work = await run(engine, data, order);
      rates[name] = work.operations / (Number(process.hrtime.bigint() - startedAt) / 1e9);
      meter.sample();
      onDisk[name] = bytesOnDisk(directory);
      bytesGiven += work.bytesGiven;
    }
    await engine?.close();
    engine = undefined;
    const writtenAfter = bytesWritten();
    const { peakResidentBytes, peakAnonymousBytes } = meter.stop();
    return {
      engine: options.engine,
      settings,
      rates,
      bytesOnDisk: onDisk,
      bytesGiven,
      bytesWritten: writtenAfter === undefined ? undefined : writtenAfter - writtenBefore - writtenByRemoval,
      peakMemoryBytes: peakResidentBytes,
      peakAnonymousBytes,
    };
  } finally {
    await engine?.close();
    rmSync(root, { recursive: true, force: true });
  }
}
