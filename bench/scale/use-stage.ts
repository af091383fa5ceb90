import { mkdtempSync, rmSync } from 'node:fs';
import { DataSet } from '../engine/data-set.js';
import type { Engine } from '../engine/engine.js';
import { MemoryMeter } from '../engine/memory-meter.js';
import { openEngine } from '../engine/open-engine.js';
import { Permutation } from '../engine/permutation.js';
import { RANGE, readRandom, readRanges } from '../engine/read-workloads.js';
import type { Work } from '../engine/workload.js';
import { mixed } from '../engine/write-workloads.js';
import type { UseResult } from './scale-result.js';
import type { StageOptions } from './stage-options.js';

/** The directory is where `fillStage` left its database of as many keys. */
export interface UseOptions extends StageOptions {
  readonly stage: 'use';
  /** Operations of each workload; 0 when only opening is to be measured. */
  readonly samples: number;
}

type Run = (engine: Engine, data: DataSet, order: Uint32Array) => Promise<Work>;

/** In the order they run; each with an order of its own. Those that write come last. */
const workloads: Readonly<Record<string, Run>> = {
  readrandom: (engine, data, order) => readRandom(engine, data, order, '64 in flight'),
  'readrandom (sync)': (engine, data, order) => readRandom(engine, data, order, 'sync'),
  range100: (engine, data, order) => readRanges(engine, data, Math.ceil(order.length / RANGE)),
  'mixed 95/5': (engine, data, order) => mixed(engine, data, order, 95),
  'mixed 50/50': (engine, data, order) => mixed(engine, data, order, 50),
};

export const useWorkloadNames = Object.keys(workloads);

/** Opens a database that another process has filled and closed, twice, and reads and writes it at random. */
export async function useStage(options: UseOptions, progress: (line: string) => void): Promise<UseResult> {
  const { samples } = options;
  const data = new DataSet(options.keyCount, options.valueBytes);
  const meter = new MemoryMeter();
  await loadCode(options);
  const first = await open(options);
  let engine = first.engine;
  try {
    const firstReadMs = await readOne(engine, data);
    await engine.close();
    const again = await open(options);
    engine = again.engine;
    const rates = samples > 0 ? await runWorkloads(engine, data, samples, meter, progress) : {};
    return { open: { openMs: first.openMs, firstReadMs, reopenMs: again.openMs }, rates, memory: meter.stop() };
  } finally {
    await engine.close();
  }
}

async function runWorkloads(
  engine: Engine,
  data: DataSet,
  samples: number,
  meter: MemoryMeter,
  progress: (line: string) => void,
): Promise<Record<string, number>> {
  const rates: Record<string, number> = {};
  for (const [position, [name, run]] of Object.entries(workloads).entries()) {
    const order = new Permutation(data.keyCount, 100 + position).first(samples);
    progress(name);
    const startedAt = performance.now();
    const { operations } = await run(engine, data, order);
    rates[name] = operations / ((performance.now() - startedAt) / 1000);
    meter.sample();
  }
  return rates;
}

/** What a process does once, whatever it opens, is not in the times: an empty database has it done. */
async function loadCode(options: UseOptions): Promise<void> {
  const empty = mkdtempSync(`${options.directory}-empty-`);
  await (await openEngine({ ...options, directory: empty })).close();
  rmSync(empty, { recursive: true });
}

async function open(options: UseOptions): Promise<{ engine: Engine; openMs: number }> {
  const startedAt = performance.now();
  const engine = await openEngine(options);
  return { engine, openMs: performance.now() - startedAt };
}

async function readOne(engine: Engine, data: DataSet): Promise<number> {
  const index = data.keyCount >> 1;
  const startedAt = performance.now();
  const value = await engine.get(data.key(index));
  const elapsedMs = performance.now() - startedAt;
  data.check(index, value);
  return elapsedMs;
}
