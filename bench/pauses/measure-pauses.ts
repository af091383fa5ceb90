import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Database, type DatabaseOptions } from 'corecache';
import { DataSet, sequenceOf } from '../engine/data-set.js';

export interface PausesOptions {
  readonly seconds: number;
  readonly keyCount: number;
  readonly directory?: string | undefined;
}

export interface PausesResult {
  readonly load: string;
  readonly operations: number;
  readonly flushes: number;
  readonly compactions: number;
  /** How late the event loop came round, in milliseconds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  readonly failedReads: number;
}

const LANES = 64;
const MIB = 1024 * 1024;

/**
 * A sustained random load, half writes and half reads with every read checked, while the event loop's delay is measured.
 * Once with a small memtable and small levels, so that flush and compaction never rest; once with a memtable so large
 * that neither ever runs. The difference between the two is what flush and compaction cost the event loop: pauses of the
 * garbage collector and of the machine are in both.
 */
export async function measurePauses(options: PausesOptions): Promise<readonly PausesResult[]> {
  const busy = { memtableBytesMax: 4 * MIB, tableBytesMax: 4 * MIB, levelBytesBase: 16 * MIB };
  const idle = { memtableBytesMax: 1024 * MIB };
  return [await measure('flush and compaction', busy, options), await measure('neither', idle, options)];
}

async function measure(
  load: string,
  databaseOptions: Partial<DatabaseOptions>,
  options: PausesOptions,
): Promise<PausesResult> {
  const directory = mkdtempSync(join(options.directory ?? tmpdir(), 'corecache-pauses-'));
  const database = await Database.open(directory, { durability: 'os', ...databaseOptions });
  const data = new DataSet(options.keyCount);
  const written = new Uint8Array(options.keyCount);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const until = performance.now() + options.seconds * 1000;
  let operations = 0;
  let failedReads = 0;
  const lane = async (seed: number): Promise<void> => {
    const random = sequenceOf(seed);
    while (performance.now() < until) {
      const index = random() % options.keyCount;
      if (random() % 2 === 0) {
        await database.put(data.key(index), data.value(index, 1));
        written[index] = 1;
      } else {
        const known = written[index] === 1;
        const value = await database.get(data.key(index));
        try {
          if (known) data.check(index, value);
        } catch {
          failedReads++;
        }
      }
      operations++;
    }
  };
  try {
    delay.enable();
    await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i + 1)));
    delay.disable();
    const { flush, compaction } = database.stats().tree;
    const ms = (percentile: number): number => delay.percentile(percentile) / 1e6;
    return {
      load,
      operations,
      flushes: flush.count,
      compactions: compaction.count,
      p50Ms: ms(50),
      p99Ms: ms(99),
      p999Ms: ms(99.9),
      maxMs: delay.max / 1e6,
      failedReads,
    };
  } finally {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
