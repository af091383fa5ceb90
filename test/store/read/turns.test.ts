import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../../src/store/database.js';
import { bytes, memoryPlace, openIn, text } from '../memory-database.js';

let database: Database;

beforeEach(async () => {
  database = await openIn(memoryPlace());
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

test('a loop over reads that are all in memory lets other work have its turn', async () => {
  await database.put(bytes('k'), bytes('v'));
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 5000; i++) expect(text(await database.get(bytes('k')))).toBe('v');
  });
  expect(turns).toBeGreaterThanOrEqual(4);
  expect(turns).toBeLessThan(50);
});

test('so do many loops at once', async () => {
  await database.put(bytes('k'), bytes('v'));
  let reads = 0;
  const turns = await turnsOf(async () => {
    const loop = async (): Promise<void> => {
      while (reads++ < 20_000) expect(await database.get(bytes('absent'))).toBeUndefined();
    };
    await Promise.all(Array.from({ length: 64 }, loop));
  });
  expect(turns).toBeGreaterThan(15);
});

test('large values have it sooner', async () => {
  await database.put(bytes('k'), new Uint8Array(400_000));
  const turns = await turnsOf(async () => {
    for (let i = 0; i < 50; i++) expect(await database.get(bytes('k'))).toHaveLength(400_000);
  });
  expect(turns).toBeGreaterThanOrEqual(4);
});
