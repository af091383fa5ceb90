import type { DataSet } from './data-set.js';
import { sequenceOf } from './data-set.js';
import type { Engine } from './engine.js';

/** Operations done; the harness divides by the time. */
export type Workload = (engine: Engine, data: DataSet) => Promise<number>;

const BATCH = 100;
const IN_FLIGHT = 64;
const RANGE = 100;

/** In the order they run. `fresh` ones start on an empty directory; the others go on with what is there. */
export const workloads: readonly { readonly name: string; readonly fresh: boolean; readonly run: Workload }[] = [
  { name: 'fillseq', fresh: true, run: (engine, data) => fillBatches(engine, data, (i) => i) },
  { name: 'fillrandom', fresh: true, run: fillRandom },
  { name: 'overwrite', fresh: false, run: overwrite },
  { name: 'readrandom', fresh: false, run: readRandom },
  { name: 'readrandom (sync)', fresh: false, run: readRandomSync },
  { name: 'readmissing', fresh: false, run: readMissing },
  { name: 'readseq', fresh: false, run: readSequential },
  { name: 'range', fresh: false, run: readRanges },
  { name: 'mixed 50/50', fresh: false, run: mixed },
  { name: 'delete', fresh: false, run: deleteAll },
  { name: 'fillsync', fresh: true, run: fillSync },
];

async function fillBatches(engine: Engine, data: DataSet, indexAt: (i: number) => number): Promise<number> {
  for (let from = 0; from < data.keyCount; from += BATCH) {
    const keys: Uint8Array[] = [];
    const values: Uint8Array[] = [];
    for (let i = from; i < Math.min(from + BATCH, data.keyCount); i++) {
      const index = indexAt(i);
      keys.push(data.key(index));
      values.push(data.value(index, 0));
    }
    await engine.putBatch(keys, values);
  }
  return data.keyCount;
}

async function fillRandom(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(1);
  return await fillBatches(engine, data, (i) => order[i]!);
}

async function overwrite(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(2);
  await inFlight(data.keyCount, (i) => engine.put(data.key(order[i]!), data.value(order[i]!, 1), false));
  return data.keyCount;
}

/** Durable before the answer, so a fraction of the keys. */
async function fillSync(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(3);
  const count = Math.max(1, Math.floor(data.keyCount / 10));
  await inFlight(count, (i) => engine.put(data.key(order[i]!), data.value(order[i]!, 2), true));
  return count;
}

async function readRandom(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(4);
  await inFlight(data.keyCount, async (i) => {
    data.check(order[i]!, await engine.get(data.key(order[i]!)));
  });
  return data.keyCount;
}

function readRandomSync(engine: Engine, data: DataSet): Promise<number> {
  for (const index of data.shuffled(5)) data.check(index, engine.getSync(data.key(index)));
  return Promise.resolve(data.keyCount);
}

async function readMissing(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(6);
  await inFlight(data.keyCount, async (i) => {
    const value = await engine.get(data.missingKey(order[i]!));
    if (value !== undefined) throw new Error('found a key that was never written');
  });
  return data.keyCount;
}

async function readSequential(engine: Engine, data: DataSet): Promise<number> {
  let next = 0;
  const count = await engine.scan(undefined, data.keyCount, (_key, value) => data.check(next++, value));
  if (count !== data.keyCount) throw new Error(`scan returned ${count} of ${data.keyCount} entries`);
  return count;
}

async function readRanges(engine: Engine, data: DataSet): Promise<number> {
  const random = sequenceOf(7);
  let total = 0;
  const ranges = Math.max(1, Math.floor(data.keyCount / RANGE));
  for (let i = 0; i < ranges; i++) {
    const start = random() % Math.max(1, data.keyCount - RANGE);
    let next = start;
    const count = await engine.scan(data.key(start), RANGE, (_key, value) => data.check(next++, value));
    if (count !== Math.min(RANGE, data.keyCount - start)) throw new Error(`range returned ${count} entries`);
    total += count;
  }
  return total;
}

async function mixed(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(8);
  await inFlight(data.keyCount, async (i) => {
    const index = order[i]!;
    if (i % 2 === 0) await engine.put(data.key(index), data.value(index, 3), false);
    else data.check(index, await engine.get(data.key(index)));
  });
  return data.keyCount;
}

async function deleteAll(engine: Engine, data: DataSet): Promise<number> {
  const order = data.shuffled(9);
  await inFlight(data.keyCount, (i) => engine.delete(data.key(order[i]!)));
  if ((await engine.scan(undefined, 1, () => undefined)) !== 0) throw new Error('a deleted key is still there');
  return data.keyCount;
}

/** Keeps 64 operations under way until `count` are done. */
async function inFlight(count: number, operation: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await operation(next++);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, lane));
}
