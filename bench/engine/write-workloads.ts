import type { DataSet } from './data-set.js';
import type { Engine } from './engine.js';
import { inFlight } from './in-flight.js';
import { LANES, share, writes, type Shape, type Work } from './workload.js';

export const BATCH = 100;

export async function fillSequential(engine: Engine, data: DataSet): Promise<Work> {
  return await fillBatches(engine, data, 0, (i) => i);
}

export async function fillRandom(engine: Engine, data: DataSet, order: Uint32Array): Promise<Work> {
  return await fillBatches(engine, data, 0, (i) => order[i]!);
}

/** Writes the values of one round, all keys in the order that `indexAt` says. */
export async function fillBatches(
  engine: Engine,
  data: DataSet,
  round: number,
  indexAt: (i: number) => number,
): Promise<Work> {
  for (let from = 0; from < data.keyCount; from += BATCH) {
    const keys: Uint8Array[] = [];
    const values: Uint8Array[] = [];
    for (let i = from; i < Math.min(from + BATCH, data.keyCount); i++) {
      const index = indexAt(i);
      keys.push(data.key(index));
      values.push(data.value(index, round));
    }
    await engine.putBatch(keys, values);
  }
  return writes(data.keyCount, data);
}

/** All keys with 64 in flight, a tenth of them in the other shapes. */
export async function overwrite(engine: Engine, data: DataSet, order: Uint32Array, shape: Shape): Promise<Work> {
  const count = shape === '64 in flight' ? data.keyCount : share(data, 10);
  if (shape === 'sync') {
    for (const index of order.subarray(0, count)) engine.putSync?.(data.key(index), data.value(index, 1));
  } else {
    await inFlight(LANES[shape], count, (i) => engine.put(data.key(order[i]!), data.value(order[i]!, 1), false));
  }
  return writes(count, data);
}

/** Durable before the answer, so a fraction of the keys: a tenth, or a hundredth one at a time. */
export async function fillSync(
  engine: Engine,
  data: DataSet,
  order: Uint32Array,
  shape: Exclude<Shape, 'sync'>,
): Promise<Work> {
  const count = share(data, shape === '64 in flight' ? 10 : 100);
  await inFlight(LANES[shape], count, (i) => engine.put(data.key(order[i]!), data.value(order[i]!, 2), true));
  return writes(count, data);
}

export async function deleteAll(engine: Engine, data: DataSet, order: Uint32Array): Promise<Work> {
  await inFlight(64, data.keyCount, (i) => engine.delete(data.key(order[i]!)));
  if ((await engine.scan({ limit: 1 }, () => undefined)) !== 0) throw new Error('a deleted key is still there');
  return { operations: data.keyCount, bytesGiven: data.keyCount * data.keyBytes };
}

/** Reads and writes from 64 lanes, one operation for each index of the order; of 100, `readPercent` are reads. */
export async function mixed(engine: Engine, data: DataSet, order: Uint32Array, readPercent: number): Promise<Work> {
  let written = 0;
  await inFlight(64, order.length, async (i) => {
    const index = order[i]!;
    if ((i * readPercent) % 100 < readPercent) {
      data.check(index, await engine.get(data.key(index)));
    } else {
      written++;
      await engine.put(data.key(index), data.value(index, 3), false);
    }
  });
  return { ...writes(written, data), operations: order.length };
}

/** Few and large values. */
export async function fillLarge(engine: Engine, data: DataSet, valueBytes: number): Promise<Work> {
  const large = data.withValuesOf(valueBytes);
  const order = large.shuffled(1);
  await inFlight(64, order.length, (i) => engine.put(large.key(order[i]!), large.value(order[i]!, 0), false));
  return writes(order.length, large);
}
