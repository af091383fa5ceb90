import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from 'corecache';
import { comparableMemtableBytes } from '../engine/corecache-engine.js';
import { DataSet } from '../engine/data-set.js';
import { comparableOptions } from '../engine/engine.js';
import { inFlight } from '../engine/in-flight.js';
import { BATCH } from '../engine/write-workloads.js';
import { MainThread } from '../main-thread.js';
import { settle } from '../scale/settle.js';

/** A part of the reads, and what has become of the tree by its end. */
export interface ReadsPart {
  readonly stage: 'behind the fill' | 'settled';
  /** From 1 on. */
  readonly number: number;
  /** A second, by the clock. */
  readonly rate: number;
  /** Of the main thread, for a read, in microseconds: on a processor, and ready to run while none was free. */
  readonly ranMicroseconds: number;
  readonly waitedMicroseconds: number;
  /** Blocks that were in no memory of the database: where tables are mapped, looked at for the first time. */
  readonly firstLooks: number;
  readonly level0Tables: number;
  /** Since the database was opened; one that goes on is not counted. */
  readonly flushes: number;
  readonly compactions: number;
}

export interface ReadsBehindFillOptions {
  readonly keyCount: number;
  readonly mappedBytes: number;
  /** Files of the database stay as they are for so long: then it has settled. */
  readonly quietSeconds?: number;
}

const LANES = 64;
const PARTS = 10;

/**
 * `readrandom` of the suite, tenth by tenth: right behind the writes that it follows upon (all keys in batches, all of them
 * by themselves, a tenth one at a time), and once more when the tree has settled.
 * @throws Error when a read did not return what was written
 */
export async function measureReadsBehindFill(options: ReadsBehindFillOptions): Promise<ReadsPart[]> {
  const { keyCount, mappedBytes, quietSeconds = 3 } = options;
  const data = new DataSet(keyCount);
  const filled = data.shuffled(1);
  const read = data.shuffled(4);
  const directory = mkdtempSync(join(tmpdir(), 'corecache-bench-'));
  const database = await Database.open(directory, {
    durability: 'os',
    cacheBytesMax: comparableOptions.cacheBytes,
    mappedBytesMax: mappedBytes,
    memtableBytesMax: comparableMemtableBytes(comparableOptions.writeBufferBytes),
  });
  const overwrite = (lanes: number, order: Uint32Array): Promise<void> =>
    inFlight(lanes, order.length, (i) => database.put(data.key(order[i]!), data.value(order[i]!, 1)));
  try {
    for (let from = 0; from < keyCount; from += BATCH) {
      const batch = filled.subarray(from, from + BATCH);
      await database.write(
        Array.from(batch, (index) => ({ type: 'put', key: data.key(index), value: data.value(index, 0) })),
      );
    }
    await overwrite(LANES, data.shuffled(2));
    await overwrite(1, data.shuffled(3).subarray(0, Math.ceil(keyCount / PARTS)));
    const behind = await readParts(database, data, read, 'behind the fill');
    await settle(directory, quietSeconds);
    return [...behind, ...(await readParts(database, data, read, 'settled'))];
  } finally {
    await database.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function readParts(
  database: Database,
  data: DataSet,
  order: Uint32Array,
  stage: ReadsPart['stage'],
): Promise<ReadsPart[]> {
  const thread = new MainThread();
  const parts: ReadsPart[] = [];
  try {
    for (let number = 1; number <= PARTS; number++) {
      const indexes = order.subarray(partStart(order, number - 1), partStart(order, number));
      const before = { ms: performance.now(), ranMs: thread.ranMs(), waitedMs: thread.waitedMs() };
      const missesBefore = database.stats().cache.misses;
      await inFlight(LANES, indexes.length, async (i) => {
        data.check(indexes[i]!, await database.get(data.key(indexes[i]!)));
      });
      const { tree, cache } = database.stats();
      const each = (from: number | undefined, to: number | undefined): number =>
        (((to ?? 0) - (from ?? 0)) * 1000) / indexes.length;
      parts.push({
        stage,
        number,
        rate: 1_000_000 / each(before.ms, performance.now()),
        ranMicroseconds: each(before.ranMs, thread.ranMs()),
        waitedMicroseconds: each(before.waitedMs, thread.waitedMs()),
        firstLooks: cache.misses - missesBefore,
        level0Tables: tree.levels[0]!.tableCount,
        flushes: tree.flush.count,
        compactions: tree.compaction.count,
      });
    }
    return parts;
  } finally {
    thread.close();
  }
}

function partStart(order: Uint32Array, number: number): number {
  return Math.floor((order.length * number) / PARTS);
}
