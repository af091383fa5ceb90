import { expect, test } from 'vitest';
import { SystemClock } from '../../../src/env/system-clock.js';
import { corruption } from '../../../src/base/errors.js';
import { EVERY_KEY } from '../../../src/lsm/iterator/key-range.js';
import { VisibleIterator } from '../../../src/lsm/iterator/visible-iterator.js';
import { ReadTurns } from '../../../src/store/read/read-turns.js';
import { Scan, toPair } from '../../../src/store/read/scan.js';
import { ArrayCursor, put } from '../../lsm/support/model.js';
import { codeOf, text } from '../memory-database.js';

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Over `KEYS`; moving on from the entry before `damagedAt` fails. */
class DamagedCursor extends ArrayCursor {
  readonly #damagedAt: number;
  #moves = 0;

  constructor(damagedAt: number) {
    super(KEYS.map((key) => put(key, 1)));
    this.#damagedAt = damagedAt;
  }

  override next(): void {
    if (++this.#moves === this.#damagedAt) throw corruption('table', 7, 'is damaged');
    super.next();
  }
}

class CountingCursor extends ArrayCursor {
  moves = 0;

  override next(): void {
    this.moves++;
    super.next();
  }
}

function scanOver(cursor: ArrayCursor): { scan: Scan<[Uint8Array, Uint8Array]>; ended: () => number } {
  let ended = 0;
  const scan = new Scan(new VisibleIterator(cursor, EVERY_KEY, 1, 0), {
    toItem: toPair,
    isReverse: false,
    limit: Infinity,
    turns: new ReadTurns(new SystemClock()),
    owner: { scanEnded: () => ended++ },
  });
  return { scan, ended: () => ended };
}

async function nextKey(scan: Scan<[Uint8Array, Uint8Array]>): Promise<string | undefined> {
  const result = await scan.next();
  return result.done === true ? undefined : text(result.value[0]);
}

test('an error that turns up while copying ahead comes behind the entries before it', async () => {
  const cursor = new DamagedCursor(6);
  const { scan, ended } = scanOver(cursor);
  for (const key of KEYS.slice(0, 6)) expect(await nextKey(scan)).toBe(key);
  expect(await scan.next().catch(codeOf)).toBe('CORRUPTION');
  expect([ended(), cursor.closed]).toEqual([1, 1]);
});

test('a batch that meets an error has the entries before it, and the error is the next answer', async () => {
  const { scan, ended } = scanOver(new DamagedCursor(6));
  expect((await scan.nextMany(100)).map(([key]) => text(key))).toEqual(KEYS.slice(0, 6));
  expect(scan.isEnded).toBe(false);
  expect(await scan.nextMany(100).catch(codeOf)).toBe('CORRUPTION');
  expect(ended()).toBe(1);
});

test('entries are copied ahead a few at first, then more, and never more than 64', async () => {
  const cursor = new CountingCursor(Array.from({ length: 500 }, (_, i) => put(`k${String(i).padStart(3, '0')}`, 1)));
  const { scan } = scanOver(cursor);
  const ahead: number[] = [];
  for (let taken = 1; taken <= 300; taken++) {
    await scan.next();
    ahead.push(cursor.moves - taken);
  }
  await scan.return();
  expect(cursor.closed).toBe(1);
  expect(ahead[0]).toBe(0);
  expect(Math.max(...ahead.slice(0, 10))).toBeLessThan(10);
  expect(Math.max(...ahead)).toBe(63);
});

test('an array begins with what was copied ahead', async () => {
  const { scan } = scanOver(new ArrayCursor(KEYS.map((key) => put(key, 1))));
  const found = [await nextKey(scan), await nextKey(scan)];
  for (let items; (items = await scan.nextMany(2)).length > 0;) found.push(...items.map(([key]) => text(key)));
  expect(found).toEqual(KEYS);
});

test('of large entries fewer are copied ahead', async () => {
  const value = 'x'.repeat(20_000);
  const cursor = new CountingCursor(Array.from({ length: 40 }, (_, i) => put(`k${i + 10}`, 1, value)));
  const { scan } = scanOver(cursor);
  for (let taken = 1; taken <= 30; taken++) {
    await scan.next();
    expect(cursor.moves - taken).toBeLessThan(4);
  }
  await scan.return();
});
