import { describe, expect, it } from 'vitest';
import { keepNone } from '../../src/env/simulated/crash-choice.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { append, NotingWaiter, openLog, placeOn, write } from './log-fixture.js';

const tiny = { segmentBytesMax: 200 };

describe.each([
  ['a failed sync', Fault.fail.bind(Fault), { operation: 'sync', path: /\.log$/, call: 2 }, 'EIO', 'IO'],
  ['a failed write', Fault.fail.bind(Fault), { operation: 'write', path: /\.log$/, call: 2 }, 'EIO', 'IO'],
  ['a full disk', Fault.fail.bind(Fault), { operation: 'write', path: /\.log$/, call: 2 }, 'ENOSPC', 'DISK_FULL'],
] as const)('%s', (_, makeFault, match, systemCode, reason) => {
  it('poisons the log for good: for waiters, later appends and syncs, with its cause', async () => {
    const inner = new CrashableFileSystem();
    const files = new FaultyFileSystem(inner);
    const { log, poisoned } = await openLog(placeOn(files));
    files.inject(makeFault(match, systemCode));
    await append(log, write(1));
    const notes: string[] = [];
    for (const sequence of [2, 3]) log.append(write(sequence), 'fsync', new NotingWaiter(`${sequence}`, notes));
    await expect(log.sync()).rejects.toMatchObject({ code: 'POISONED', data: { reason }, cause: { code: reason } });
    log.append(write(4), 'os', new NotingWaiter('4', notes));
    expect(notes).toEqual(['2 failed: POISONED', '3 failed: POISONED', '4 failed: POISONED']);
    await expect(log.sync()).rejects.toBe(poisoned[0]);
    expect(poisoned).toHaveLength(1);
    const calls = inner.callCount;
    await log.close();
    expect(inner.callCount).toBe(calls);
  });
});

describe('a poisoned log', () => {
  it('tells those who wait behind the failed group too, in order', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const { log } = await openLog(placeOn(files));
    files.inject(Fault.fail({ operation: 'sync' }));
    const notes: string[] = [];
    const payload = 'x'.repeat(5 << 20);
    for (const n of [1, 2, 3, 4, 5, 6]) log.append(write(n, payload), 'fsync', new NotingWaiter(`${n}`, notes));
    await expect(log.sync()).rejects.toMatchObject({ code: 'POISONED' });
    expect(notes).toEqual([1, 2, 3, 4, 5, 6].map((n) => `${n} failed: POISONED`));
    await log.close();
  });

  it('comes of a sync that nobody waited for, at the next call', async () => {
    const inner = new CrashableFileSystem();
    const files = new FaultyFileSystem(inner);
    const place = placeOn(files);
    const { log, poisoned } = await openLog(place, { segmentBytesMax: 4000 });
    files.inject(Fault.fail({ operation: 'sync', path: /\.log$/, call: 1 }, 'EIO'));
    await append(log, write(1, 'x'.repeat(1500)), 'os');
    await place.clock.nextTurn();
    expect(poisoned).toEqual([]);
    await expect(append(log, write(2), 'os')).rejects.toMatchObject({ code: 'POISONED', data: { reason: 'IO' } });
    await expect(log.sync()).rejects.toBe(poisoned[0]);
    await log.close();
    files.heal();
    expect((await openLog(placeOn(inner.crash(keepNone)))).replayed).toEqual([]);
  });

  it('is told by closing when a sync that nobody waited for failed', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const place = placeOn(files);
    const { log } = await openLog(place, { segmentBytesMax: 4000 });
    files.inject(Fault.fail({ operation: 'sync', path: /\.log$/, call: 1 }, 'EIO'));
    await append(log, write(1, 'x'.repeat(1500)), 'os');
    await expect(log.close()).rejects.toMatchObject({ code: 'POISONED' });
  });

  it('comes of a segment that could not be begun', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const { log } = await openLog(placeOn(files), tiny);
    files.inject(Fault.fail({ operation: 'rename' }, 'EIO'));
    await append(log, write(1, 'x'.repeat(150)));
    await expect(append(log, write(2, 'x'.repeat(150)))).rejects.toMatchObject({ code: 'POISONED' });
    await log.close();
    files.heal();
    expect((await openLog(placeOn(files), tiny)).replayed).toHaveLength(1);
  });

  it('has everything that was acknowledged when it is opened again, durable now', async () => {
    const inner = new CrashableFileSystem();
    const files = new FaultyFileSystem(inner);
    const { log } = await openLog(placeOn(files));
    await append(log, write(1));
    await append(log, write(2), 'os');
    files.inject(Fault.fail({ operation: 'sync' }));
    await expect(append(log, write(3))).rejects.toMatchObject({ code: 'POISONED' });
    await log.close();
    files.heal();
    const again = await openLog(placeOn(files));
    expect(again.replayed).toHaveLength(3);

    expect((await openLog(placeOn(inner.crash(keepNone)))).replayed).toEqual(again.replayed);
    await again.log.close();
  });

  it('does not lose what a short write left torn', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const { log } = await openLog(placeOn(files));
    await append(log, write(1));
    files.inject(Fault.shortWrite({ path: /\.log$/ }, 30));
    await expect(append(log, write(2))).rejects.toMatchObject({ code: 'POISONED', data: { reason: 'DISK_FULL' } });
    await log.close();
    files.heal();
    const again = await openLog(placeOn(files));
    expect(again.replayed).toEqual(['write 0/1/1 value 1']);
    expect(again.log.recovery.cut).toMatchObject({ bytes: 30, groupsBehind: 0 });
    await append(again.log, write(2));
    await again.log.close();
    expect((await openLog(placeOn(files))).replayed).toHaveLength(2);
  });

  it('reports a close that could not make things durable', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const { log } = await openLog(placeOn(files));
    await append(log, write(1), 'os');
    files.inject(Fault.fail({ operation: 'sync' }));
    await expect(log.close()).rejects.toMatchObject({ code: 'POISONED' });
  });
});
