import { mkdirSync, rmSync } from 'node:fs';
import { DataSet } from '../engine/data-set.js';
import type { Engine } from '../engine/engine.js';
import { bytesOnDisk, bytesWritten } from '../engine/footprint.js';
import { MemoryMeter } from '../engine/memory-meter.js';
import { openEngine } from '../engine/open-engine.js';
import { Permutation } from '../engine/permutation.js';
import { fillBatches } from '../engine/write-workloads.js';
import type { FillPass, FillResult } from './scale-result.js';
import { settle } from './settle.js';
import type { StageOptions } from './stage-options.js';

/** Between two lines of progress, and two looks at the memory where the event loop does not come round. */
const PROGRESS_OPERATIONS = 1_000_000;
const SAMPLE_OPERATIONS = 100_000;

/** What is in the directory is removed. */
export interface FillOptions extends StageOptions {
  readonly stage: 'fill';
  readonly quietSeconds: number;
  /** Write every key a second time. */
  readonly overwrite: boolean;
}

/** Writes every key, waits for the database to settle, measures what it takes; then the same over what is there. */
export async function fillStage(options: FillOptions, progress: (line: string) => void): Promise<FillResult> {
  rmSync(options.directory, { recursive: true, force: true });
  mkdirSync(options.directory, { recursive: true });
  const meter = new MemoryMeter();
  const engine = await openEngine(options);
  const fillrandom = await pass('fillrandom', 0, engine, options, meter, progress);
  const overwrite = options.overwrite ? await pass('overwrite', 1, engine, options, meter, progress) : undefined;
  const startedAt = performance.now();
  await engine.close();
  const closeMs = performance.now() - startedAt;
  return { settings: engine.settings, fillrandom, overwrite, closeMs, memory: meter.stop() };
}

async function pass(
  name: string,
  round: number,
  engine: Engine,
  { directory, keyCount, valueBytes, quietSeconds }: FillOptions,
  meter: MemoryMeter,
  progress: (line: string) => void,
): Promise<FillPass> {
  const data = new DataSet(keyCount, valueBytes);
  const order = new Permutation(keyCount, round + 1);
  const writtenBefore = bytesWritten();
  const startedAt = performance.now();
  const { operations, bytesGiven } = await fillBatches(engine, data, round, (i) => {
    if (i % SAMPLE_OPERATIONS === 0) meter.sample();
    if (i % PROGRESS_OPERATIONS === 0 && i > 0) progress(`${name}: ${i / PROGRESS_OPERATIONS} M keys`);
    return order.at(i);
  });
  const rate = operations / ((performance.now() - startedAt) / 1000);
  progress(`${name}: done, waiting for the files to come to rest`);
  const settleSeconds = await settle(directory, quietSeconds);
  const writtenAfter = bytesWritten();
  const onDisk = bytesOnDisk(directory);
  return {
    rate,
    settleSeconds,
    bytesOnDisk: onDisk,
    indexBytesPerKey: engine.indexBytes && engine.indexBytes() / keyCount,
    spaceAmplification: onDisk / (keyCount * data.entryBytes),
    writeAmplification:
      writtenBefore === undefined || writtenAfter === undefined
        ? undefined
        : (writtenAfter - writtenBefore) / bytesGiven,
  };
}
