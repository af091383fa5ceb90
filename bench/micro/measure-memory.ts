import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from 'corecache';
import { DataSet } from '../engine/data-set.js';
import { comparableMemtableBytes } from '../engine/corecache-engine.js';
import { comparableOptions } from '../engine/engine.js';
import { inFlight } from '../engine/in-flight.js';
import { peakResidentBytes, residentNow } from '../engine/memory-meter.js';

/** What this process holds when a stage has ended, in bytes. */
export interface MemoryParts {
  readonly stage: string;
  /** The most until then, and what is left of it. */
  readonly peak: number;
  readonly resident: number;
  /** Pages of files: the program's own. 0 where the system does not tell. */
  readonly files: number;
  /** Of the main thread. */
  readonly heap: number;
  /** Outside of the heap, for buffers of the main thread alone: blocks, and keys and values of calls. */
  readonly buffers: number;
  /** Of the buffers, as the engine counts them. */
  readonly cache: number;
  /** Memtables, which the threads share, heaps of the threads that flush and compact, and what `malloc` keeps. */
  readonly rest: number;
  /** Of the rest, as the engine counts them; memory that waits for the next memtable is not in it. */
  readonly memtables: number;
}

const LANES = 64;

/**
 * Where the memory of a process goes that fills a database, writes all of it again, reads and deletes it, at the settings
 * of the comparison.
 * @throws Error when a read did not return what was written
 */
export async function measureMemory(keyCount: number): Promise<MemoryParts[]> {
  const data = new DataSet(keyCount);
  const order = data.shuffled(1);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const harness = partsNow('the harness alone', undefined);
  const database = await Database.open(directory, {
    durability: 'os',
    cacheBytesMax: comparableOptions.cacheBytes,
    memtableBytesMax: comparableMemtableBytes(comparableOptions.writeBufferBytes),
  });
  const each = (operation: (index: number) => Promise<unknown>): Promise<void> =>
    inFlight(LANES, keyCount, (i) => operation(order[i]!));
  const stages: Readonly<Record<string, () => Promise<void>>> = {
    'an empty database': () => Promise.resolve(),
    fillrandom: () => each((index) => database.put(data.key(index), data.value(index, 0))),
    overwrite: () => each((index) => database.put(data.key(index), data.value(index, 1))),
    readrandom: () => each(async (index) => data.check(index, await database.get(data.key(index)))),
    delete: () => each((index) => database.delete(data.key(index))),
  };
  try {
    const parts = [harness];
    for (const [stage, run] of Object.entries(stages)) {
      await run();
      parts.push(partsNow(stage, database));
    }
    return parts;
  } finally {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function partsNow(stage: string, database: Database | undefined): MemoryParts {
  const { heapTotal: heap, external: buffers } = process.memoryUsage();
  const { residentBytes: resident, anonymousBytes = resident } = residentNow();
  const { tree, cache } = database?.stats() ?? {};
  return {
    stage,
    peak: peakResidentBytes(),
    resident,
    files: resident - anonymousBytes,
    heap,
    buffers,
    cache: cache?.bytes ?? 0,
    rest: Math.max(0, anonymousBytes - heap - buffers),
    memtables: (tree?.memtable.activeBytes ?? 0) + (tree?.memtable.sealedBytes ?? 0),
  };
}
