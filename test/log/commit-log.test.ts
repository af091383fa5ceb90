import { beforeEach, describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { LogRecordKind } from '../../src/log/log-record.js';
import { append, describeRecord, NotingWaiter, openLog, placeOn, write, type LogPlace } from './log-fixture.js';

describe('the commit log', () => {
  let files: CrashableFileSystem;
  let place: LogPlace;
  beforeEach(() => {
    files = new CrashableFileSystem();
    place = placeOn(files);
  });
  const calls = (operation: string): number => files.calls.filter((call) => call.startsWith(`${operation} `)).length;

  it('replays what was logged, of every partition and kind, in order', async () => {
    const { log } = await openLog(place);
    const records = [
      write(1),
      write(1, 'other', { partition: 7 }),
      { ...write(2), kind: LogRecordKind.noop, payload: new Uint8Array(0) },
      { ...write(1), kind: LogRecordKind.truncate, payload: new Uint8Array(0) },
      write(Number.MAX_SAFE_INTEGER, '', { partition: 2 ** 40, epoch: 2 ** 50 }),
      write(3, 'x'.repeat(200_000)),
    ];
    await Promise.all(records.map((record) => append(log, record)));
    await log.close();
    expect((await openLog(place)).replayed).toEqual(records.map(describeRecord));
  });

  it('syncs once for all that came while it was busy', async () => {
    const { log } = await openLog(place);
    const syncs = calls('sync');
    await Promise.all(Array.from({ length: 64 }, (_, index) => append(log, write(index + 1))));
    expect(calls('sync') - syncs).toBe(1);
    expect(log.stats()).toMatchObject({ recordCount: 64, groupCount: 1, syncCount: 1, unsyncedBytes: 0 });
    await log.close();
  });

  it('keeps writers that await through none or several functions in one group', async () => {
    const { log } = await openLog(place);
    let sequence = 0;
    const put = async (depth: number): Promise<void> => {
      if (depth === 0) await append(log, write(++sequence));
      else await put(depth - 1);
    };
    const writer = async (depth: number): Promise<void> => {
      for (let round = 0; round < 10; round++) await put(depth);
    };
    await Promise.all(Array.from({ length: 64 }, (_, index) => writer(index % 5)));
    expect(log.stats()).toMatchObject({ recordCount: 640, groupCount: 10 });
    await log.close();
  });

  it('lets the event loop have its turns while a writer awaits one unsynced write after another', async () => {
    const { log } = await openLog(place);
    let turns = 0;
    const countTurn = (): void => void (turns++, (counting = setImmediate(countTurn)));
    let counting = setImmediate(countTurn);
    for (let sequence = 1; sequence <= 5000; sequence++) await append(log, write(sequence, 'x'.repeat(100)), 'os');
    clearImmediate(counting);
    expect(turns).toBeGreaterThan(5);
    await log.close();
  });

  it('tells waiters in the order of appending, whatever durability each asked for', async () => {
    const { log } = await openLog(place);
    const notes: string[] = [];
    log.append(write(1), 'os', new NotingWaiter('1', notes));
    log.append(write(2), 'fsync', new NotingWaiter('2', notes));
    log.append(write(3), 'interval', new NotingWaiter('3', notes));
    await log.sync();
    log.append(write(4), 'fsync', new NotingWaiter('4', notes));
    log.append(write(5), 'os', new NotingWaiter('5', notes));
    await log.close();
    expect(notes).toEqual(['1', '2', '3', '4', '5']);
  });

  it('writes short and long payloads of a group in the order of appending, in one call', async () => {
    const { log } = await openLog(place);
    const lengths = [10, 40_000, 0, 16_384, 16_383, 300_000, 7, 20_000];
    const records = lengths.map((length, i) => write(i + 1, String.fromCharCode(0x61 + i).repeat(length)));
    const writes = calls('write');
    await Promise.all(records.map((record) => append(log, record)));
    expect(calls('write') - writes).toBe(1);
    await append(log, write(9, 'behind'));
    await log.close();
    expect((await openLog(place)).replayed).toEqual([...records, write(9, 'behind')].map(describeRecord));
  });

  it('syncs from time to time what nobody asked to be synced, so that little is left at the end of a segment', async () => {
    const { log } = await openLog(place, { segmentBytesMax: 4000 });
    for (let sequence = 1; sequence <= 10; sequence++) {
      await append(log, write(sequence, 'x'.repeat(300)), 'os');
      await place.clock.nextTurn();
    }
    expect(log.stats().segmentCount).toBe(1);
    expect(log.stats().unsyncedBytes).toBeLessThan(1500);
    await log.close();
  });

  it('answers fsync when it is on the device, and os when it is written', async () => {
    const { log } = await openLog(place);
    await append(log, write(1), 'fsync');
    await append(log, write(2), 'os');
    expect(log.stats().unsyncedBytes).toBeGreaterThan(0);
    expect((await openLog(placeOn(files.crash(keepNone)))).replayed).toEqual(['write 0/1/1 value 1']);
    expect((await openLog(placeOn(files.clone()))).replayed).toHaveLength(2);
    await log.close();
  });

  it('syncs interval writes when the interval is over, by one timer, and has none when idle', async () => {
    const { log } = await openLog(place, { syncIntervalMs: 100 });
    expect(place.clock.pendingCount).toBe(0);
    await append(log, write(1), 'interval');
    place.clock.advance(60);
    await append(log, write(2), 'interval');
    expect(place.clock.pendingCount).toBe(1);
    expect(log.stats().unsyncedBytes).toBeGreaterThan(0);
    place.clock.advance(40);
    await place.clock.nextTurn();
    expect(log.stats().unsyncedBytes).toBe(0);
    expect(place.clock.pendingCount).toBe(0);
    expect((await openLog(placeOn(files.crash(keepNone)))).replayed).toHaveLength(2);
    await log.close();
  });

  it('takes the timer back when a sync came first', async () => {
    const { log } = await openLog(place);
    await append(log, write(1), 'interval');
    await append(log, write(2), 'fsync');
    expect(place.clock.pendingCount).toBe(0);
    await log.close();
  });

  it('syncs on demand, and at once when there is nothing to sync', async () => {
    const { log } = await openLog(place);
    await append(log, write(1), 'os');
    await log.sync();
    const syncs = calls('sync');
    await log.sync();
    expect(calls('sync')).toBe(syncs);
    expect((await openLog(placeOn(files.crash(keepNone)))).replayed).toHaveLength(1);
    await log.close();
  });

  it('makes everything durable when it closes, once, and then refuses', async () => {
    const { log } = await openLog(place);
    const notes: string[] = [];
    log.append(write(1), 'os', new NotingWaiter('1', notes));
    await Promise.all([log.close(), log.close()]);
    log.append(write(2), 'os', new NotingWaiter('2', notes));
    expect(notes).toEqual(['1', '2 failed: CLOSED']);
    await expect(log.sync()).rejects.toMatchObject({ code: 'CLOSED' });
    expect((await openLog(placeOn(files.crash(keepNone)))).replayed).toEqual(['write 0/1/1 value 1']);
  });

  it('takes more than one group holds without mixing the order', async () => {
    const { log } = await openLog(place, { segmentBytesMax: 32 << 20 });
    const notes: string[] = [];
    const payload = 'x'.repeat(3 << 20);
    for (let sequence = 1; sequence <= 8; sequence++) {
      log.append(write(sequence, payload), 'os', new NotingWaiter(`${sequence}`, notes));
    }
    await log.sync();
    expect(notes).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
    expect(log.stats().groupCount).toBe(3);
    await log.close();
    const { replayed } = await openLog(place, { segmentBytesMax: 32 << 20 });
    expect(replayed.map((text) => text.slice(0, 11))).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `write 0/1/${n}`));
  });

  it('lets a waiter append from its own answer', async () => {
    const { log } = await openLog(place);
    const notes: string[] = [];
    await new Promise<void>((resolve) => {
      log.append(write(1), 'fsync', {
        logged: () => log.append(write(2), 'fsync', { logged: resolve, logFailed: () => notes.push('failed') }),
        logFailed: () => notes.push('failed'),
      });
    });
    expect(notes).toEqual([]);
    await log.close();
    expect((await openLog(place)).replayed).toHaveLength(2);
  });
});
