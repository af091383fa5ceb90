import type { FileSystem } from '../../src/env/file-system.js';
import { SeededRandomness } from '../../src/env/simulated/seeded-randomness.js';
import { silentLogger } from '../../src/env/silent-logger.js';
import { Batch } from '../../src/store/batch.js';
import { Database } from '../../src/store/database.js';
import type { OpenOptions } from '../../src/store/database-options.js';
import type { Durability, WriteOperation } from '../../src/store/operations.js';
import { Random } from '../support/random.js';
import { SettableClock } from '../support/settable-clock.js';

export const DIRECTORY = '/database';
const COUNTER = 'counter';

const options: OpenOptions = {
  background: 'inline',
  memtableBytesMax: 16 * 1024,
  memtableRecordsMax: 8,
  blockBytes: 128,
  indexPageBlocks: 2,
  tableBytesMax: 512,
  levelBytesBase: 1024,
  levelRatio: 3,
  level0TablesCompact: 2,
  settleAfterMs: 1,
  separatedValueBytesMin: 20,
  logSegmentBytesMax: 700,
};

export function openOn(fileSystem: FileSystem, more: OpenOptions = {}): Promise<Database> {
  return Database.open(DIRECTORY, {
    ...options,
    ...more,
    environment: {
      fileSystem,
      clock: new SettableClock(1_700_000_000_000),
      randomness: new SeededRandomness(1),
      logger: silentLogger,
    },
  });
}

/** What the workload had called, and what had been acknowledged, when the power went. Writes are numbered from 1. */
export class Progress {
  called = 0;
  acknowledged = 0;
}

/** Writes in waves, flushes, compacts, closes and opens again. Fails when the power goes. */
export async function runWorkload(
  fileSystem: FileSystem,
  progress: Progress,
  durability: Durability,
  more: OpenOptions = {},
): Promise<void> {
  for (let session = 0; session < 2; session++) {
    const database = await openOn(fileSystem, more);
    try {
      for (let wave = 0; wave < 7; wave++) {
        await writeWave(database, progress, durability, 1 + ((wave * 3) % 5));
        if (wave === 3) await database.flush();
        if (wave === 5) await database.compact();
      }
    } finally {
      await database.close();
    }
  }
}

/** Writes that are in flight together, but for increments: one that reads the disk may be passed by later writes. */
async function writeWave(database: Database, progress: Progress, durability: Durability, count: number): Promise<void> {
  const together: Promise<void>[] = [];
  for (let i = 0; i < count; i++) {
    const number = ++progress.called;
    if (isIncrement(number)) await allOf(together.splice(0));
    const write = isIncrement(number)
      ? database.increment(Buffer.from(COUNTER), number, { durability })
      : database.write(formOf(number), { durability });
    const acknowledged = write.then(() => {
      progress.acknowledged = Math.max(progress.acknowledged, number);
    });
    if (isIncrement(number)) await acknowledged;
    else together.push(acknowledged);
  }
  await allOf(together);
}

async function allOf(writes: readonly Promise<void>[]): Promise<void> {
  const outcomes = await Promise.allSettled(writes);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

function isIncrement(number: number): boolean {
  return number % 5 === 3;
}

/** The operations of a write in an array, or in two batches of which one is appended to the other. */
function formOf(number: number): readonly WriteOperation[] | Batch {
  const operations = operationsOf(number);
  return number % 2 === 0 ? operations : batchOf(operations.slice(0, 1)).append(batchOf(operations.slice(1)));
}

function batchOf(operations: readonly WriteOperation[]): Batch {
  const batch = new Batch();
  for (const operation of operations) {
    if (operation.type === 'put') batch.put(operation.key, operation.value);
    else batch.delete(operation.key);
  }
  return batch;
}

/** The states of the database by number of writes, each as the lines `key=value` of a scan. */
export function statesUpTo(count: number): string[][] {
  const state = new Map<string, string>();
  const states: string[][] = [[]];
  for (let number = 1; number <= count; number++) {
    if (isIncrement(number)) state.set(COUNTER, String(Number(state.get(COUNTER) ?? 0) + number));
    else
      for (const operation of operationsOf(number)) {
        const key = Buffer.from(operation.key).toString();
        if (operation.type === 'put') state.set(key, Buffer.from(operation.value).toString());
        else state.delete(key);
      }
    states.push([...state].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`));
  }
  return states;
}

/** Every state differs from the one before, so a scan tells how many writes are there. */
function operationsOf(number: number): WriteOperation[] {
  const random = new Random(number);
  const operations: WriteOperation[] = [put('last', String(number))];
  for (let i = random.below(3); i >= 0; i--) {
    const key = `key ${random.below(12)}`;
    operations.push(
      random.chance(0.25)
        ? { type: 'delete', key: Buffer.from(key) }
        : put(key, `${number} ${'x'.repeat(random.below(40))}`),
    );
  }
  return operations;
}

function put(key: string, value: string): WriteOperation {
  return { type: 'put', key: Buffer.from(key), value: Buffer.from(value) };
}
