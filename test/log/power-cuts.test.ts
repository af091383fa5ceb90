import { describe, expect, it } from 'vitest';
import { keepAll, keepNone, keepSome, type CrashChoice } from '../../src/env/simulated/crash-choice.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import type { LogDurability } from '../../src/log/log-record.js';
import { toPartitionId, toSequence } from '../../src/base/numbers.js';
import { manyReactions, withLateSyncs } from '../support/late-syncs.js';
import { describeRecord, openLog, placeOn, write } from './log-fixture.js';

const options = { segmentBytesMax: 300, syncIntervalMs: 50 };
const durabilities: readonly LogDurability[] = ['fsync', 'os', 'os', 'fsync', 'interval'];
const choices: readonly CrashChoice[] = [
  keepNone,
  keepAll,
  ...[1, 2, 3].map((seed) => keepSome(seed)),
  ...[4, 5, 6, 7].map((seed) => keepSome(seed, { pieceBytes: 1, fraction: seed / 8 })),
];

interface Run {
  /** Records in the order of appending. */
  readonly appended: string[];
  /** How many of them a sync that was acknowledged has covered. */
  durable: number;
}

/** Appends, rotates, releases, closes, opens again and appends more, until the power is cut. */
async function workload(files: FileSystem, run: Run): Promise<void> {
  const place = placeOn(files);
  let sequence = 0;
  for (let life = 0; life < 2; life++) {
    const { log } = await openLog(place, options);
    for (let step = 0; step < 8; step++) {
      const durability = durabilities[step % durabilities.length]!;
      const group: Promise<void>[] = [];
      for (let i = 0; i < 1 + (step % 3); i++) {
        const record = write(++sequence, 'v'.repeat(20 + ((sequence * 7) % 60)));
        run.appended.push(describeRecord(record));
        const count = run.appended.length;
        group.push(
          new Promise<void>((resolve, reject) =>
            log.append(record, durability, {
              logged: () => {
                if (durability === 'fsync') run.durable = count;
                resolve();
              },
              logFailed: reject,
            }),
          ),
        );
      }
      await Promise.all(group);
    }
    await log.close();
    run.durable = run.appended.length;
  }
}

/** With late syncs there are writes beside them, by other calls. */
async function cutAt(
  call: number,
  hasLateSyncs = false,
): Promise<{ files: CrashableFileSystem; run: Run; isCut: boolean }> {
  const files = new CrashableFileSystem();
  const run: Run = { appended: [], durable: 0 };
  files.cutPowerAt(call);
  await workload(hasLateSyncs ? withLateSyncs(files, { untilTold: manyReactions }) : files, run).catch(
    (error: unknown) => {
      if (!files.isPowerCut) throw error;
    },
  );
  return { files, run, isCut: files.isPowerCut };
}

describe('a power cut at every call that changes the disk', () => {
  it.each(
    choices.flatMap((choice) => [
      { name: choice.name, choice, hasLateSyncs: false },
      { name: `${choice.name}, with writes beside syncs`, choice, hasLateSyncs: true },
    ]),
  )(
    'of what was not synced, keeping $name: what was acknowledged is there, in order, and nothing else',
    async ({ choice, hasLateSyncs }) => {
      let call = 1;
      for (; ; call++) {
        const { files, run, isCut } = await cutAt(call, hasLateSyncs);
        const survivor = files.crash(choice);
        const { log, replayed } = await openLog(placeOn(survivor), options);
        expect(replayed, `cut at call ${call}`).toEqual(run.appended.slice(0, replayed.length));
        expect(replayed.length, `cut at call ${call}`).toBeGreaterThanOrEqual(run.durable);
        // What was replayed is durable at once, without a write in between.
        const again = await openLog(placeOn(survivor.crash(keepNone)), options);
        expect(again.replayed, `cut at call ${call}, and again`).toEqual(replayed);
        await again.log.close();
        await log.close();
        if (!isCut) break;
      }
      expect(call).toBeGreaterThan(80);
    },
  );

  it('during recovery loses nothing either, however often it comes', async () => {
    for (const cut of [30, 45, 60, 75]) {
      const { files, run } = await cutAt(cut);
      let survivor = files.crash(keepAll);
      const { replayed: before } = await openLog(placeOn(survivor.clone()), options);
      for (let call = 1; ; call++) {
        survivor.cutPowerAt(call);
        const opened = await openLog(placeOn(survivor), options).catch(() => undefined);
        const next = survivor.crash(keepSome(call));
        const { replayed } = await openLog(placeOn(next.clone()), options);
        expect(replayed).toEqual(before);
        expect(replayed.length).toBeGreaterThanOrEqual(run.durable);
        if (opened !== undefined && !survivor.isPowerCut) break;
        survivor = next;
      }
    }
  });

  it('while old segments are deleted never leaves a gap', async () => {
    const fill = async (files: CrashableFileSystem): Promise<void> => {
      const { log } = await openLog(placeOn(files), options);
      for (let sequence = 1; sequence <= 12; sequence++) {
        await new Promise<void>((logged, logFailed) =>
          log.append(write(sequence, 'x'.repeat(200)), 'fsync', { logged, logFailed }),
        );
      }
      log.release(toPartitionId(0), toSequence(9));
      await log.close();
    };
    const whole = new CrashableFileSystem();
    await fill(whole);
    for (let call = 40; call <= whole.callCount; call++) {
      const files = new CrashableFileSystem();
      files.cutPowerAt(call);
      await fill(files).catch(() => undefined);
      for (const choice of choices) {
        const { replayed } = await openLog(placeOn(files.crash(choice)), options);
        const sequences = replayed.map((text) => Number(/\/(\d+) x/.exec(text)![1]));
        expect(sequences).toEqual(sequences.map((_, index) => sequences[0]! + index));
      }
    }
  });
});
