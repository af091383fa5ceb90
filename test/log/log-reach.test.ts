import { describe, expect, it } from 'vitest';
import { toPartitionId } from '../../src/base/numbers.js';
import { CommitLog } from '../../src/log/commit-log.js';
import type { LogReach } from '../../src/log/log-reach.js';
import { SegmentScan } from '../../src/log/segment-scan.js';
import { append, DIRECTORY, openLog, placeOn, segmentNames, truncate, write, type LogPlace } from './log-fixture.js';

const everyGroupItsSegment = { segmentBytesMax: 1 };

/** What each segment says, as `partition/epoch/sequence`. */
async function reaches(place: LogPlace): Promise<string[]> {
  const found: string[] = [];
  for (const name of await segmentNames(place)) {
    const path = `${DIRECTORY}/${name}`;
    found.push(shown(new SegmentScan(path, await place.fileSystem.readFile(path)).reach));
  }
  return found;
}

function shown(reach: LogReach): string {
  return [...reach].map(([partition, { epoch, sequence }]) => `${partition}/${epoch}/${sequence}`).join(' ');
}

/** How far the log had got, as its opening tells. */
async function reachedOf(place: LogPlace): Promise<string> {
  let reached = '';
  const log = await CommitLog.open({
    environment: place,
    directory: DIRECTORY,
    options: { segmentBytesMax: 1 << 20, syncIntervalMs: 100 },
    onRecord: () => undefined,
    onReplayed: (reach) => (reached = shown(reach)),
  });
  await log.close();
  return reached;
}

describe('how far the log had got', () => {
  it('is said by each segment of what was before it', async () => {
    const place = placeOn();
    const { log } = await openLog(place, everyGroupItsSegment);
    await append(log, write(1));
    await append(log, write(7, 'elsewhere', { partition: 3, epoch: 5 }));
    await append(log, write(2, 'x', { epoch: 2 }));
    await log.close();
    expect(await reaches(place)).toEqual(['', '0/1/1', '0/1/1 3/5/7']);
    expect(await reachedOf(place)).toBe('0/2/2 3/5/7');
  });

  it('goes back with a truncation, whichever way it is grouped', async () => {
    for (const options of [everyGroupItsSegment, {}]) {
      const place = placeOn();
      const { log } = await openLog(place, options);
      for (const sequence of [1, 2, 3]) await append(log, write(sequence));
      await Promise.all([append(log, truncate(1)), append(log, write(2, 'again', { epoch: 2 }))]);
      await append(log, truncate(2));
      await log.close();
      expect(await reachedOf(place)).toBe('0/0/2');
    }
  });

  it('does not count what a segment carries over itself', async () => {
    const place = placeOn();
    const first = await openLog(place);
    await append(first.log, write(1));
    await append(first.log, write(2), 'os');
    // No close: nothing says that the second was synced.
    await openLog(place);
    expect(await reaches(place)).toEqual(['', '0/1/1']);
    expect(await reachedOf(place)).toBe('0/1/2');
  });

  it('is handed on from segment to segment after those that held the records are gone', async () => {
    const place = placeOn();
    const { log } = await openLog(place);
    await append(log, write(9, 'x', { partition: 2, epoch: 4 }));
    await log.close();
    for (let round = 0; round < 3; round++) {
      const again = await openLog(place);
      again.log.release(toPartitionId(2), write(9).sequence);
      await again.log.close();
    }
    expect(await segmentNames(place)).toHaveLength(1);
    expect(await reachedOf(place)).toBe('2/4/9');
  });

  it('ends the opening by what it makes the owner throw, with nothing changed', async () => {
    const place = placeOn();
    const { log } = await openLog(place);
    await append(log, write(1));
    await log.close();
    const names = await segmentNames(place);
    const opening = CommitLog.open({
      environment: place,
      directory: DIRECTORY,
      options: { segmentBytesMax: 1 << 20, syncIntervalMs: 100 },
      onRecord: () => undefined,
      onReplayed: () => {
        throw new Error('too far');
      },
    });
    await expect(opening).rejects.toThrow('too far');
    expect(await segmentNames(place)).toEqual(names);
  });

  it('is damage when any byte of it is not as it was written', async () => {
    const place = placeOn();
    const { log } = await openLog(place, everyGroupItsSegment);
    await append(log, write(1));
    await append(log, write(2));
    await log.close();
    const path = `${DIRECTORY}/000000000002.log`;
    const bytes = await place.fileSystem.readFile(path);
    const { start } = new SegmentScan(path, bytes);
    for (let at = 36; at < start; at++) {
      const bad = Buffer.from(bytes);
      bad[at]! ^= 4;
      expect(() => new SegmentScan(path, bad), `byte ${at}`).toThrow(expect.objectContaining({ code: 'CORRUPTION' }));
      expect(() => new SegmentScan(path, bytes.subarray(0, at)), `cut at ${at}`).toThrow(
        expect.objectContaining({ code: 'CORRUPTION' }),
      );
    }
  });
});
