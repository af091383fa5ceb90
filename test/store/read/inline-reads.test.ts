import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { INLINE_BYTES_MAX } from '../../../src/env/node-readable-file.js';
import { CrashableFileSystem } from '../../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../../src/env/simulated/faulty-file-system.js';
import type { Database } from '../../../src/store/database.js';
import { SettableClock } from '../../support/settable-clock.js';
import { bytes, codeOf, memoryPlace, openIn, START_MS, text } from '../memory-database.js';

/** No turn lasts long enough by it for an answer to wait for the next. */
class StandingClock extends SettableClock {
  override monotonic(): number {
    return 0;
  }
}

const keys = Array.from({ length: 200 }, (_, i) => `k${String(i).padStart(3, '0')}`);
const valueOf = (key: string): string => key.repeat(25);
const largeValueOf = (key: string): string => key.repeat(300);

let answersAtOnce: boolean;
let bytesAtOnceMax: number;
let fileSystem: FaultyFileSystem;
let database: Database;

beforeEach(async () => {
  answersAtOnce = true;
  bytesAtOnceMax = Infinity;
  fileSystem = new FaultyFileSystem(new CrashableFileSystem((length) => answersAtOnce && length <= bytesAtOnceMax));
  database = await open();
});
afterEach(() => database.close());

function open(): Promise<Database> {
  const place = { ...memoryPlace(fileSystem), clock: new StandingClock(START_MS) };
  return openIn(place, { blockBytes: 256, separatedValueBytesMin: 1000, settleAfterMs: 0 });
}

/** All in one table, and in one value file; both are open, and little of them in memory. */
async function fill(value: (key: string) => string): Promise<void> {
  for (const key of keys) await database.put(bytes(key), bytes(value(key)));
  await database.flush();
  await database.close();
  database = await open();
  expect(text(await database.get(bytes('k000')))).toBe(value('k000'));
}

function misses(): number {
  return database.stats().cache.misses;
}

/** What a promise resolves to that has its answer when the reactions that are waiting now have run. */
async function atOnce<T>(promise: Promise<T>): Promise<T> {
  const answer = await Promise.race([promise, Promise.resolve().then(() => 'waits')]);
  if (answer === 'waits') throw new Error('waits');
  return answer as T;
}

describe('with files that answer at once', () => {
  test('reads of blocks are answered without waiting', async () => {
    await fill(valueOf);
    const before = misses();
    for (const key of keys) expect(text(await atOnce(database.get(bytes(key))))).toBe(valueOf(key));
    expect(misses() - before).toBeGreaterThan(10);
  });

  test('so is one of many keys', async () => {
    await fill(valueOf);
    const before = misses();
    expect((await atOnce(database.multiGet(keys.map(bytes)))).map(text)).toEqual(keys.map(valueOf));
    expect(misses() - before).toBeGreaterThan(10);
  });

  test.each([false, true])('so is a scan, reverse %s, which reads many blocks in one go', async (reverse) => {
    await fill(valueOf);
    const before = misses();
    const shown = await atOnce(database.scan({ reverse })[Symbol.asyncIterator]().nextMany(200));
    const expected = reverse ? keys.toReversed() : keys;
    expect(shown.map(([key, found]) => [text(key), text(found)])).toEqual(expected.map((key) => [key, valueOf(key)]));
    expect(misses() - before).toBeGreaterThan(2);
    expect(misses() - before).toBeLessThan(10);
  });

  test('so are reads and scans of values that are kept apart', async () => {
    await fill(largeValueOf);
    fileSystem.inject(Fault.fail({ operation: 'read', path: /\.values$/, fromCall: 2 * keys.length + 1 }));
    for (const key of keys) expect(text(await atOnce(database.get(bytes(key))))).toBe(largeValueOf(key));
    const shown = await atOnce(database.scan()[Symbol.asyncIterator]().nextMany(200));
    expect(shown.map(([, found]) => text(found))).toEqual(keys.map(largeValueOf));
    await expect(database.get(bytes(keys[0]!))).rejects.toMatchObject({ code: 'IO' });
  });

  test('an error of the file is the answer, and the next read is fine', async () => {
    await fill(valueOf);
    fileSystem.inject(Fault.fail({ operation: 'read', call: 1 }));
    expect(await database.get(bytes('k100')).catch(codeOf)).toBe('IO');
    expect(text(await database.get(bytes('k100')))).toBe(valueOf('k100'));
  });

  test('damage is told, and not kept', async () => {
    await fill(valueOf);
    fileSystem.inject(Fault.flip({ path: /\.data$/ }, 10_000));
    expect(await database.scan().toArray().catch(codeOf)).toBe('CORRUPTION');
    fileSystem.heal();
    expect(await database.scan().toArray()).toHaveLength(keys.length);
  });
});

test('with files that do not, the same reads wait', async () => {
  await fill(valueOf);
  answersAtOnce = false;
  const reading = database.get(bytes('k100'));
  await expect(atOnce(reading)).rejects.toThrow('waits');
  expect(text(await reading)).toBe(valueOf('k100'));
});

test('a value that is too long for that waits, and one that is not does not', async () => {
  await fill(largeValueOf);
  bytesAtOnceMax = largeValueOf('k100').length;
  await expect(atOnce(database.get(bytes('k100')))).rejects.toThrow('waits');
  bytesAtOnceMax += 100;
  expect(text(await atOnce(database.get(bytes('k100'))))).toBe(largeValueOf('k100'));
});

test('so does a scan once its reads become too long', async () => {
  await fill(valueOf);
  bytesAtOnceMax = 1000;
  const scan = database.scan()[Symbol.asyncIterator]();
  const first = await atOnce(scan.nextMany(200));
  const second = scan.nextMany(200);
  await expect(atOnce(second)).rejects.toThrow('waits');
  const shown = [...first, ...(await second)].map(([key]) => text(key));
  expect(shown).toEqual(keys.slice(0, shown.length));
  await scan.return();
  expect(await database.scan().toArray()).toHaveLength(keys.length);
});

test('the longest read of a scan over ordinary blocks is not too long for the files of the machine', async () => {
  const asked: number[] = [];
  const answering = new CrashableFileSystem((length) => asked.push(length) > 0);
  const ordinary = await openIn(memoryPlace(answering));
  for (let i = 0; i < 4000; i++) await ordinary.put(bytes(`key${10_000 + i}`), Buffer.alloc(100, i));
  await ordinary.flush();
  expect(await ordinary.scan().toArray()).toHaveLength(4000);
  await ordinary.close();
  expect(Math.max(...asked)).toBeGreaterThan(32 * 4096);
  expect(Math.max(...asked)).toBeLessThanOrEqual(INLINE_BYTES_MAX);
});
