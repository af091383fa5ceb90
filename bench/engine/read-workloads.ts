import { sequenceOf, type DataSet } from './data-set.js';
import type { Engine } from './engine.js';
import { inFlight } from './in-flight.js';
import { LANES, reads, share, type Shape, type Work } from './workload.js';

export const RANGE = 100;

/** Every key once; one at a time, a tenth of them. */
export async function readRandom(engine: Engine, data: DataSet, order: Uint32Array, shape: Shape): Promise<Work> {
  return await readEach(engine, data, shape === 'one at a time' ? order.subarray(0, share(data, 10)) : order, shape);
}

/** One key in a hundred, again and again. */
export async function readHot(engine: Engine, data: DataSet, order: Uint32Array, shape: Shape): Promise<Work> {
  const hot = share(data, 100);
  const random = sequenceOf(11);
  const count = shape === 'one at a time' ? share(data, 10) : data.keyCount;
  return await readEach(
    engine,
    data,
    Uint32Array.from({ length: count }, () => order[random() % hot]!),
    shape,
  );
}

export async function readEach(engine: Engine, data: DataSet, indexes: Uint32Array, shape: Shape): Promise<Work> {
  if (shape === 'sync') {
    for (const index of indexes) data.check(index, engine.getSync(data.key(index)));
  } else {
    await inFlight(LANES[shape], indexes.length, async (i) => {
      data.check(indexes[i]!, await engine.get(data.key(indexes[i]!)));
    });
  }
  return reads(indexes.length);
}

/** Keys that were never written, in the midst of those that were. */
export async function readMissing(
  engine: Engine,
  data: DataSet,
  order: Uint32Array,
  shape: Exclude<Shape, 'one at a time'>,
): Promise<Work> {
  const check = (value: Uint8Array | undefined): void => {
    if (value !== undefined) throw new Error('found a key that was never written');
  };
  if (shape === 'sync') {
    for (const index of order) check(engine.getSync(data.missingKey(index)));
  } else {
    await inFlight(64, order.length, async (i) => {
      check(await engine.get(data.missingKey(order[i]!)));
    });
  }
  return reads(order.length);
}

export async function readAll(engine: Engine, data: DataSet, reverse: boolean): Promise<Work> {
  let next = 0;
  const last = data.keyCount - 1;
  const count = await engine.scan({ limit: data.keyCount, reverse }, (key, value) => {
    data.checkEntry(reverse ? last - next : next, key, value);
    next++;
  });
  if (count !== data.keyCount) throw new Error(`scan returned ${count} of ${data.keyCount} entries`);
  return reads(count);
}

/** Ranges of 100 entries from random keys on, as many as return each key once; an entry counts as an operation. */
export async function readRanges(engine: Engine, data: DataSet, rangeCount = share(data, RANGE)): Promise<Work> {
  const random = sequenceOf(7);
  let total = 0;
  for (let i = 0; i < rangeCount; i++) {
    const start = random() % Math.max(1, data.keyCount - RANGE);
    let next = start;
    const range = { start: data.key(start), limit: RANGE };
    const count = await engine.scan(range, (key, value) => data.checkEntry(next++, key, value));
    if (count !== Math.min(RANGE, data.keyCount - start)) throw new Error(`range returned ${count} entries`);
    total += count;
  }
  return reads(total);
}

/** What fillLarge wrote with values of the same size. */
export async function readLarge(engine: Engine, data: DataSet, valueBytes: number): Promise<Work> {
  const large = data.withValuesOf(valueBytes);
  return await readEach(engine, large, large.shuffled(2), '64 in flight');
}
