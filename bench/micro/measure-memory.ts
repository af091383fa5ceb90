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
  /** Pages of files: the program's own, and of tables that are mapped. 0 where the system does not tell. */
  readonly files: number;
  /** Of tables, as the engine counts them: as far as they are resident they are among the files. */
  readonly mapped: number;
  /** Of the main thread. */
  readonly heap: number;
  /** As the engine counts it. */
  readonly cache: number;
  /**
   * Memtables, which the threads share, buffers that are not the cache's, heaps of the threads that flush and compact, and
   * what `malloc` keeps.
   */
  readonly rest: number;
  /** Of the rest, as the engine counts them; memory that waits for the next memtable is not in it. */
  readonly memtables: number;
}

const LANES = 64;

/**
 * Where the memory of a process goes that fills a database, writes all of it again, reads it, reads and writes it, deletes
 * it and looks for what is left, at the settings of the comparison.
 * @param mappedBytes of tables may be mapped
 * @throws Error when a read did not return what was written
 */
export async function measureMemory(keyCount: number, mappedBytes = 0): Promise<MemoryParts[]> {
  const data = new DataSet(keyCount);
  const order = data.shuffled(1);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const harness = partsNow('the harness alone', undefined);
  const database = await Database.open(directory, {
    durability: 'os',
    cacheBytesMax: comparableOptions.cacheBytes,
    mappedBytesMax: mappedBytes,
    memtableBytesMax: comparableMemtableBytes(comparableOptions.writeBufferBytes),
  });
  const each = (operation: (index: number) => Promise<unknown>): Promise<void> =>
    inFlight(LANES, keyCount, (i) => operation(order[i]!));
  const write = (index: number, round: number): Promise<unknown> =>
    database.put(data.key(index), data.value(index, round));
  const read = async (index: number): Promise<void> => data.check(index, await database.get(data.key(index)));
  const stages: Readonly<Record<string, () => Promise<void>>> = {
    'an empty database': () => Promise.resolve(),
    fillrandom: () => each((index) => write(index, 0)),
    overwrite: () => each((index) => write(index, 1)),
    readrandom: () => each(read),
    'mixed 50/50': () => each((index) => (index % 2 === 0 ? read(index) : write(index, 2))),
    delete: () => each((index) => database.delete(data.key(index))),
    'a scan of nothing': async () => {
      for await (const entry of database.scan()) throw new Error(`${String(entry[0])} was deleted`);
    },
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
  const { heapTotal: heap } = process.memoryUsage();
  const { residentBytes: resident, anonymousBytes = resident } = residentNow();
  const { tree, cache: caches } = database?.stats() ?? {};
  const cache = caches?.bytes ?? 0;
  return {
    stage,
    peak: peakResidentBytes(),
    resident,
    files: resident - anonymousBytes,
    mapped: caches?.mappedBytes ?? 0,
    heap,
    cache,
    rest: Math.max(0, anonymousBytes - heap - cache),
    memtables: (tree?.memtable.activeBytes ?? 0) + (tree?.memtable.sealedBytes ?? 0),
  };
}
