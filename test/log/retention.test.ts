import { beforeEach, describe, expect, it } from 'vitest';
import { toPartitionId, toSequence } from '../../src/base/numbers.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import type { CommitLog } from '../../src/log/commit-log.js';
import {
  append,
  describeRecord,
  openLog,
  placeOn,
  segmentNames,
  truncate,
  write,
  type LogPlace,
} from './log-fixture.js';

const options = { segmentBytesMax: 300 };
const big = 'x'.repeat(200);

describe('segments of the log', () => {
  let place: LogPlace;
  let files: FaultyFileSystem;
  let log: CommitLog;
  beforeEach(async () => {
    files = new FaultyFileSystem(new CrashableFileSystem());
    place = placeOn(files);
    ({ log } = await openLog(place, options));
  });
  const release = (partition: number, sequence: number): void =>
    log.release(toPartitionId(partition), toSequence(sequence));
  const numbers = async (): Promise<number[]> => {
    // Deletion runs on promises of files in memory: a turn is enough.
    await place.clock.nextTurn();
    return (await segmentNames(place)).map((name) => Number.parseInt(name, 10));
  };
  /** One segment each, numbered like the sequences. */
  const fill = async (...sequences: number[]): Promise<void> => {
    for (const sequence of sequences) await append(log, write(sequence, big));
  };

  it('are bounded, but for a record that is larger by itself', async () => {
    await fill(1, 2);
    await append(log, write(3, 'y'.repeat(1000)));
    await fill(4);
    const sizes = await Promise.all((await segmentNames(place)).map((name) => files.sizeOf(`/log/${name}`)));
    expect(sizes.map((size) => size > 300)).toEqual([false, false, true, false]);
    expect(log.stats()).toMatchObject({ segmentCount: 4, bytes: sizes.reduce((sum, size) => sum + size, 0) });
  });

  it('go, oldest first, when their records are in tables; the last one stays', async () => {
    await fill(1, 2, 3, 4);
    release(0, 0);
    expect(await numbers()).toEqual([1, 2, 3, 4]);
    release(0, 2);
    expect(await numbers()).toEqual([3, 4]);
    release(0, 100);
    expect(await numbers()).toEqual([4]);
  });

  it('stay while any partition needs one before them', async () => {
    await append(log, write(1, big, { partition: 5 }));
    await fill(2, 3, 4);
    release(0, 4);
    expect(await numbers()).toEqual([1, 2, 3, 4]);
    release(5, 1);
    expect(await numbers()).toEqual([4]);
  });

  it('are remembered when the log is opened again', async () => {
    await fill(1, 2, 3);
    await log.close();
    ({ log } = await openLog(place, options));
    expect(await numbers()).toEqual([1, 2, 3, 4]);
    release(0, 2);
    expect(await numbers()).toEqual([3, 4]);
  });

  it('without records go when the log is opened again', async () => {
    for (let life = 0; life < 3; life++) {
      await log.close();
      ({ log } = await openLog(place, options));
    }
    expect(await numbers()).toEqual([4]);
  });

  it('are not needed for what was truncated', async () => {
    await fill(1, 2, 3);
    await append(log, truncate(1));
    await append(log, write(2, big, { epoch: 2 }));
    release(0, 1);
    expect((await numbers())[0]).toBeGreaterThan(3);
  });

  it('that cannot be deleted are tried again, and said so', async () => {
    await fill(1, 2, 3);
    files.inject(Fault.fail({ operation: 'remove', call: 1 }));
    release(0, 1);
    expect(await numbers()).toEqual([1, 2, 3]);
    expect(place.logger.lines.map(({ message }) => message)).toContain('log segment could not be deleted');
    release(0, 2);
    expect(await numbers()).toEqual([3]);
  });

  it('stay for a hold, until it advances or is released', async () => {
    await fill(1, 2, 3, 4);
    const hold = log.hold(toPartitionId(0), toSequence(1));
    release(0, 4);
    expect(await numbers()).toEqual([2, 3, 4]);
    hold.advance(toSequence(2));
    expect(await numbers()).toEqual([3, 4]);
    hold.release();
    expect(await numbers()).toEqual([4]);
    expect(hold.isBroken).toBe(false);
  });

  it('do not pile up for a hold without end', async () => {
    await log.close();
    ({ log } = await openLog(place, { ...options, heldBytesMax: 600 }));
    const hold = log.hold(toPartitionId(0), toSequence(0));
    for (let sequence = 1; sequence <= 6; sequence++) {
      await fill(sequence);
      release(0, sequence);
    }
    await numbers();
    expect(hold.isBroken).toBe(true);
    expect(log.stats().bytes).toBeLessThan(900);
  });

  const history = async (after: number): Promise<string[]> => {
    const found: string[] = [];
    for await (const record of log.read(toPartitionId(0), toSequence(after))) {
      found.push(describeRecord(record).replace(/ x+$/, ''));
    }
    return found;
  };

  it('give the history of one partition after a sequence, what is not synced included', async () => {
    await fill(1, 2);
    await append(log, write(1, big, { partition: 5 }));
    await append(log, write(3, big), 'os');
    expect(await history(1)).toEqual(['write 0/1/2', 'write 0/1/3']);
    expect(await history(3)).toEqual([]);
  });

  it('give a history without what was truncated', async () => {
    for (const sequence of [1, 2, 3]) await append(log, write(sequence, 'old'));
    await append(log, truncate(1));
    for (const sequence of [2, 3]) await append(log, write(sequence, 'new', { epoch: 2 }));
    expect(await history(0)).toEqual(['write 0/1/1 old', 'write 0/2/2 new', 'write 0/2/3 new']);
    await log.close();
    ({ log } = await openLog(place, options));
    expect(await history(1)).toEqual(['write 0/2/2 new', 'write 0/2/3 new']);
  });

  it('say when they do not reach back so far', async () => {
    await fill(1, 2, 3, 4);
    release(0, 2);
    await numbers();
    await expect(history(1)).rejects.toMatchObject({ code: 'NOT_FOUND', data: { partition: 0, sequence: 1 } });
    expect(await history(2)).toEqual(['write 0/1/3', 'write 0/1/4']);
  });

  it('are not passed over when they are damaged', async () => {
    await fill(1, 2, 3);
    files.inject(Fault.flip({ path: /0002\.log$/ }, 100));
    await expect(history(0)).rejects.toMatchObject({ code: 'CORRUPTION', data: { file: '/log/000000000002.log' } });
  });

  it('stay while they are read', async () => {
    await fill(1, 2, 3, 4);
    const reading = log.read(toPartitionId(0), toSequence(0));
    await reading.next();
    release(0, 4);
    expect(await numbers()).toContain(2);
    let count = 1;
    for await (const record of reading) count += record.sequence > 0 ? 1 : 0;
    expect(count).toBe(4);
    expect(await numbers()).toEqual([4]);
  });
});
