import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ReadTurns } from '../../../src/store/read/read-turns.js';
import type { Database } from '../../../src/store/database.js';
import { SettableClock } from '../../support/settable-clock.js';
import { bytes, memoryPlace, openIn, START_MS, text } from '../memory-database.js';

/** Whenever it is looked at, the turn has lasted its time. */
class HurryingClock extends SettableClock {
  #monotonicMs = 0;

  override monotonic(): number {
    return (this.#monotonicMs += 6);
  }
}

let database: Database;

beforeEach(async () => {
  database = await openIn({ ...memoryPlace(), clock: new HurryingClock(START_MS) });
});
afterEach(() => database.close());

/** How often the event loop comes round while `work` lasts. */
async function turnsOf(work: () => Promise<void>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

async function fill(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await database.put(keyOf(i), bytes('v'));
}

function keyOf(number: number): Uint8Array {
  return bytes(`key ${String(number).padStart(6, '0')}`);
}

test('a loop over reads that are all in memory lets other work have its turn', async () => {
  await fill(1);
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 5000; i++) expect(text(await database.get(keyOf(0)))).toBe('v');
  });
  expect(turns).toBeGreaterThan(20);
  expect(turns).toBeLessThan(100);
});

test('so do many loops at once', async () => {
  await fill(1);
  let reads = 0;
  const turns = await turnsOf(async () => {
    const loop = async (): Promise<void> => {
      while (reads++ < 20_000) expect(await database.get(bytes('absent'))).toBeUndefined();
    };
    await Promise.all(Array.from({ length: 64 }, loop));
  });
  expect(turns).toBeGreaterThan(50);
});

test('large values have it sooner', async () => {
  await database.put(bytes('k'), new Uint8Array(400_000));
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 50; i++) expect(await database.get(bytes('k'))).toHaveLength(400_000);
  });
  expect(turns).toBeGreaterThan(20);
});

test('loops over short scans count together', async () => {
  await fill(100);
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 1000; i++)
      expect(await database.scan({ gte: keyOf(i % 40), limit: 60 }).toArray()).toHaveLength(60);
  });
  expect(turns).toBeGreaterThan(60);
});

test('a scan moved entry by entry has its turns', async () => {
  await fill(10_000);
  const turns = await turnsOf(async () => {
    let count = 0;
    for await (const [key] of database.scan()) expect(key).toEqual(keyOf(count++));
    expect(count).toBe(10_000);
  });
  expect(turns).toBeGreaterThan(5);
});

test('a scan in one array has its turns', async () => {
  await fill(10_000);
  const turns = await turnsOf(async () => {
    expect(await database.scan({ reverse: true }).toArray()).toHaveLength(10_000);
  });
  expect(turns).toBeGreaterThan(5);
});

test('entries that a scan passes without showing them count', async () => {
  await fill(10_000);
  for (let i = 1; i < 10_000; i++) if (i % 1000 !== 0) await database.delete(keyOf(i));
  const turns = await turnsOf(async () => {
    expect(await database.scan().toArray()).toHaveLength(10);
  });
  expect(turns).toBeGreaterThan(5);
});

test('loops over multiGet count together', async () => {
  await fill(100);
  const keys = Array.from({ length: 100 }, (_, i) => keyOf(i));
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 100; i++) expect((await database.multiGet(keys)).map(text)).toEqual(keys.map(() => 'v'));
  });
  expect(turns).toBeGreaterThan(20);
});

test('one multiGet of very many keys has its turns', async () => {
  await fill(100);
  const keys = Array.from({ length: 10_000 }, (_, i) => keyOf(i % 100));
  const turns = await turnsOf(async () => {
    expect((await database.multiGet(keys)).map(text)).toEqual(keys.map(() => 'v'));
  });
  expect(turns).toBeGreaterThan(20);
});

describe('a turn', () => {
  test('goes on while it is short, however much is read', () => {
    const turns = new ReadTurns(new SettableClock(START_MS));
    for (let i = 0; i < 100; i++) turns.spend(10_000);
    expect(turns.isOver).toBe(false);
  });

  test('is over when it has lasted its time, and work has led to a look', async () => {
    const turns = new ReadTurns(new HurryingClock(START_MS));
    turns.spend(1023);
    expect(turns.isOver).toBe(false);
    turns.spend(1);
    expect(turns.isOver).toBe(true);
    await turns.next();
    expect(turns.isOver).toBe(false);
  });

  test('that is over makes all answers wait for the same next one', async () => {
    const turns = new ReadTurns(new HurryingClock(START_MS));
    const order: string[] = [];
    const note = (what: string) => (): unknown => order.push(what);
    void Promise.resolve(turns.answer('now', 1)).then(note('now'));
    void Promise.resolve(turns.answer('later', 2000)).then(note('later'));
    const last = Promise.resolve(turns.answer('last', 1)).then(note('last'));
    setImmediate(note('others'));
    void Promise.resolve().then(note('reactions'));
    await last;
    expect(order.slice(0, 2)).toEqual(['now', 'reactions']);
    expect(order.indexOf('last')).toBe(order.indexOf('later') + 1);
  });
});
