import { beforeEach, describe, expect, it } from 'vitest';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { withLateSyncs, type WritingCall } from '../support/late-syncs.js';
import { append, openLog, placeOn, write, type LogPlace, type OpenedLog } from './log-fixture.js';

const options = { segmentBytesMax: 4000 };
const enoughForASync = 'x'.repeat(1500);

/** A segment whose sync, which nobody asked for, is under way until it is told. */
describe('while a segment is synced ahead', () => {
  let disk: CrashableFileSystem;
  let files: FaultyFileSystem;
  let place: LogPlace;
  let opened: OpenedLog;
  let calls: WritingCall[];
  let tellSynced: () => void;

  beforeEach(async () => {
    disk = new CrashableFileSystem();
    files = new FaultyFileSystem(disk);
    calls = [];
    let untilTold = Promise.resolve();
    place = placeOn(
      withLateSyncs(files, {
        untilTold: () => untilTold,
        onCall: (call, path) => path.endsWith('.log') && calls.push(call),
      }),
    );
    opened = await openLog(place, options);
    untilTold = new Promise((resolve) => (tellSynced = resolve));
    await append(opened.log, write(1, enoughForASync), 'os');
    expect(calls).toEqual(['writeSync', 'sync']);
    calls = [];
  });

  it('groups are written by calls that do not block, and answered without waiting for the sync', async () => {
    await append(opened.log, write(2), 'os');
    await append(opened.log, write(3), 'interval');
    expect(calls).toEqual(['write', 'write']);
    tellSynced();
    await opened.log.close();
  });

  it('what is written is not taken for synced', async () => {
    await append(opened.log, write(2), 'os');
    const unsyncedBytes = opened.log.stats().unsyncedBytes;
    tellSynced();
    await place.clock.nextTurn();
    expect(opened.log.stats().unsyncedBytes).toBeGreaterThan(0);
    expect(opened.log.stats().unsyncedBytes).toBeLessThan(unsyncedBytes);
    expect((await openLog(placeOn(disk.crash(keepNone)))).replayed).toHaveLength(1);
    await opened.log.close();
  });

  it('records stay in order, with those before and after it', async () => {
    const sequences = [2, 3, 4, 5];
    const together = sequences.map((sequence) => append(opened.log, write(sequence, 'y'.repeat(100)), 'os'));
    await together[0];
    await append(opened.log, write(6), 'os');
    tellSynced();
    await Promise.all(together);
    await append(opened.log, write(7), 'os');
    await opened.log.close();
    const { replayed } = await openLog(placeOn(disk));
    expect(replayed.map((text) => Number(text.split(/[/ ]/)[3]))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('a group that wants a sync is answered when it has had its own', async () => {
    let isAnswered = false;
    const synced = append(opened.log, write(2), 'fsync').then(() => (isAnswered = true));
    await place.clock.nextTurn();
    expect(calls).toEqual(['write', 'sync']);
    expect(isAnswered).toBe(false);
    tellSynced();
    await synced;
    expect((await openLog(placeOn(disk.crash(keepNone)))).replayed).toHaveLength(2);
    await opened.log.close();
  });

  it('a write that fails poisons the log', async () => {
    files.inject(Fault.fail({ operation: 'write', path: /\.log$/ }, 'EIO'));
    await expect(append(opened.log, write(2), 'os')).rejects.toMatchObject({
      code: 'POISONED',
      data: { reason: 'IO' },
    });
    expect(opened.poisoned).toHaveLength(1);
    tellSynced();
    await opened.log.close();
  });

  it('and is synced, writes block again', async () => {
    tellSynced();
    await place.clock.nextTurn();
    await append(opened.log, write(2), 'os');
    expect(calls).toEqual(['writeSync']);
    await opened.log.close();
  });
});
