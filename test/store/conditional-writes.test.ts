import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isCoreCacheError } from '../../src/base/errors.js';
import { Database } from '../../src/store/database.js';
import { bytes, codeOf, memoryPlace, openIn, text, tinyOptions, type MemoryPlace } from './memory-database.js';

let place: MemoryPlace;
let database: Database;

beforeEach(async () => {
  place = memoryPlace();
  database = await openIn(place, { ...tinyOptions, cacheBytesMax: 0 });
});
afterEach(() => database.close());

/** Moves what is there out of memory, so that a condition has to wait for the disk. */
async function toDisk(): Promise<void> {
  await database.flush();
  await database.compact();
}

test('of many writers that create a key at once, exactly one wins', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      database.put(bytes('k'), bytes(String(i)), { ifVersion: 'absent' }).then(() => `won ${i}`, codeOf),
    ),
  );
  const winners = outcomes.filter((outcome) => outcome.startsWith('won'));
  expect(winners).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === 'CONDITION_FAILED')).toHaveLength(49);
  expect(`won ${text(await database.get(bytes('k')))}`).toBe(winners[0]);
});

test('of many writers that replace a version on disk at once, exactly one wins', async () => {
  const ifVersion = await database.put(bytes('k'), bytes('first'));
  await toDisk();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, i) => database.put(bytes('k'), bytes(String(i)), { ifVersion })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a counter that is raised by compare-and-set loses no step', async () => {
  await database.put(bytes('counter'), bytes('0'));
  const raise = async (): Promise<void> => {
    for (;;) {
      const entry = (await database.getEntry(bytes('counter')))!;
      const value = bytes(String(Number(text(entry.value)) + 1));
      try {
        await database.put(bytes('counter'), value, { ifVersion: { epoch: entry.epoch, sequence: entry.sequence } });
        return;
      } catch (error) {
        if (!isCoreCacheError(error, 'CONDITION_FAILED')) throw error;
      }
    }
  };
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 10 }, raise));
    await toDisk();
  }
  expect(text(await database.get(bytes('counter')))).toBe('100');
});

test('a write that comes while a condition waits for the disk is seen by it', async () => {
  const ifVersion = await database.put(bytes('k'), bytes('old'));
  await toDisk();
  const conditional = database.put(bytes('k'), bytes('conditional'), { ifVersion });
  const plain = database.put(bytes('k'), bytes('plain'));
  await plain;
  await expect(conditional).rejects.toMatchObject({ code: 'CONDITION_FAILED' });
  expect(text(await database.get(bytes('k')))).toBe('plain');
});

test('a write that is logged, applied and flushed while a condition waits is seen by it', async () => {
  const ifVersion = await database.put(bytes('k'), bytes('old'));
  await toDisk();
  const conditionals = Array.from({ length: 20 }, (_, i) =>
    database.put(bytes('k'), bytes(`conditional ${i}`), { ifVersion }).catch((error: unknown) => error),
  );
  await database.put(bytes('k'), bytes('plain'), { durability: 'os' });
  await database.flush();
  for (const error of await Promise.all(conditionals)) expect(error).toMatchObject({ code: 'CONDITION_FAILED' });
});

test('the error names the present version, or that there is none', async () => {
  const { epoch, sequence } = await database.put(bytes('k'), bytes('v'));
  await expect(database.put(bytes('k'), bytes('w'), { ifVersion: 'absent' })).rejects.toMatchObject({
    data: { currentEpoch: epoch, currentSequence: sequence },
  });
  await expect(database.delete(bytes('other'), { ifVersion: 'present' })).rejects.toMatchObject({
    data: { currentEpoch: null, currentSequence: null },
  });
});

test('an expired value counts as absent, in flight too', async () => {
  const written = database.put(bytes('k'), bytes('v'), { ttlMs: 10 });
  place.clock.advance(10);
  await database.put(bytes('k'), bytes('w'), { ifVersion: 'absent' });
  await written;
  expect(text(await database.get(bytes('k')))).toBe('w');
});

test('a delete on its way to the log makes its key absent', async () => {
  await database.put(bytes('k'), bytes('v'));
  const deleted = database.delete(bytes('k'));
  await database.put(bytes('k'), bytes('w'), { ifVersion: 'absent' });
  await deleted;
  expect(text(await database.get(bytes('k')))).toBe('w');
});

test('one condition that fails refuses the whole batch', async () => {
  await database.put(bytes('b'), bytes('is there'));
  const before = database.lastSequence;
  await expect(
    database.write([
      { type: 'put', key: bytes('a'), value: bytes('1') },
      { type: 'put', key: bytes('b'), value: bytes('2'), ifVersion: 'absent' },
    ]),
  ).rejects.toMatchObject({ code: 'CONDITION_FAILED' });
  expect(await database.get(bytes('a'))).toBeUndefined();
  expect(database.lastSequence).toBe(before);
});

test('the replaced versions of a batch come by operation', async () => {
  const a = await database.put(bytes('a'), bytes('1'));
  const { replaced } = await database.write(
    [
      { type: 'delete', key: bytes('a') },
      { type: 'put', key: bytes('b'), value: bytes('2') },
    ],
    { reportReplaced: true },
  );
  expect(replaced).toEqual([a, undefined]);
});

test('a condition that a write in flight makes fail is answered after that write, which reads then show', async () => {
  const first = database.put(bytes('k'), bytes('1'), { ifVersion: 'absent' });
  const second = database.put(bytes('k'), bytes('2'), { ifVersion: 'absent' });
  await expect(second).rejects.toMatchObject({ code: 'CONDITION_FAILED', data: { currentSequence: 1 } });
  expect(text(database.getSync(bytes('k')))).toBe('1');
  await first;
});

test('writers that read and try again at once let the sync through that they wait for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'corecache-increment-'));
  const onDisk = await Database.open(directory);
  const increment = async (): Promise<void> => {
    for (let tries = 0; tries < 1000; tries++) {
      const entry = await onDisk.getEntry(bytes('k'));
      const next = bytes(String(Number(text(entry?.value) ?? 0) + 1));
      try {
        await onDisk.put(bytes('k'), next, { ifVersion: entry ?? 'absent' });
        return;
      } catch (error) {
        if (!isCoreCacheError(error, 'CONDITION_FAILED')) throw error;
      }
    }
    throw new Error('turns in a circle');
  };
  await Promise.all(Array.from({ length: 5 }, increment));
  expect(text(await onDisk.get(bytes('k')))).toBe('5');
  await onDisk.close();
  await rm(directory, { recursive: true });
});

test('the caller may use its buffers again while a condition waits for the disk', async () => {
  await database.put(bytes('k'), bytes('v'));
  await toDisk();
  const key = bytes('k');
  const written = database.put(key, bytes('w'), { ifVersion: 'present' });
  key.fill(0x78);
  await written;
  expect(text(await database.get(bytes('k')))).toBe('w');
});
