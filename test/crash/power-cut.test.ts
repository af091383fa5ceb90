import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepAll, keepNone, keepSome, type CrashChoice } from '../../src/env/simulated/crash-choice.js';
import type { OpenOptions } from '../../src/store/database-options.js';
import type { Durability } from '../../src/store/operations.js';
import { manyReactions, withLateSyncs } from '../support/late-syncs.js';
import { failingAfterPowerCut } from '../support/failing-after-power-cut.js';
import { openOn, Progress, runWorkload, statesUpTo } from './power-cut-workload.js';

interface Cut {
  readonly fileSystem: CrashableFileSystem;
  readonly progress: Progress;
  readonly isCut: boolean;
}

interface Circumstances {
  readonly options?: OpenOptions;
  /** Syncs take so long that there are writes beside them. */
  readonly hasLateSyncs?: boolean;
}

/** Runs the workload until the power is cut at its n-th mutating call. */
async function runUntilCut(n: number, durability: Durability, circumstances: Circumstances = {}): Promise<Cut> {
  const { options, hasLateSyncs = false } = circumstances;
  const fileSystem = new CrashableFileSystem();
  fileSystem.cutPowerAt(n);
  const progress = new Progress();
  const failing = failingAfterPowerCut(fileSystem);
  const files = hasLateSyncs ? withLateSyncs(failing, { untilTold: manyReactions }) : failing;
  try {
    await runWorkload(files, progress, durability, options);
  } catch (error) {
    if (!fileSystem.isPowerCut) throw error;
  }
  return { fileSystem, progress, isCut: fileSystem.isPowerCut };
}

/** Opens what survived; what it shows must be the state after some write from `least` to the last that was called. */
async function expectPrefix(survivor: CrashableFileSystem, least: number, most: number, what: string): Promise<void> {
  const database = await openOn(survivor);
  const found: string[] = [];
  for await (const [key, value] of database.scan()) {
    found.push(`${Buffer.from(key).toString()}=${Buffer.from(value).toString()}`);
  }
  const allowed = statesUpTo(most).slice(least);
  const isPrefix = allowed.some(
    (state) => state.length === found.length && state.every((line, i) => line === found[i]),
  );
  if (!isPrefix) expect(found, `${what}: writes ${least} to ${most} may be the last`).toEqual(allowed[0]);
  expect((await database.verify()).problems, what).toEqual([]);
  await database.put(Buffer.from('after'), Buffer.from('wards'));
  await database.close();
}

async function everyCut(
  durability: Durability,
  choicesAt: (n: number) => CrashChoice[],
  circumstances?: Circumstances,
): Promise<number> {
  for (let n = 1; ; n++) {
    const { fileSystem, progress, isCut } = await runUntilCut(n, durability, circumstances);
    if (!isCut) return n - 1;
    for (const choice of choicesAt(n)) {
      const what = `cut at call ${n} (${fileSystem.calls.at(-1)}), keeping ${choice.name}`;
      const least = durability === 'fsync' ? progress.acknowledged : 0;
      await expectPrefix(fileSystem.crash(choice), least, progress.called, what);
    }
  }
}

test(
  'a power cut at any call loses no acknowledged write and leaves no write in part',
  { timeout: 180_000 },
  async () => {
    const cuts = await everyCut('fsync', (n) => [keepNone, keepSome(n), keepAll]);
    expect(cuts).toBeGreaterThan(200);
  },
);

test('with durability os what is left is a prefix of the writes', { timeout: 180_000 }, async () => {
  await everyCut('os', (n) => (n % 3 === 0 ? [keepSome(n, { pieceBytes: 1 + (n % 64) })] : []));
});

test.each(['os', 'fsync'] as const)(
  'nor does it, with durability %s, while writes go on beside syncs',
  { timeout: 180_000 },
  async (durability) => {
    const choicesAt = (n: number): CrashChoice[] =>
      n % 2 === 0 ? [keepSome(n, { pieceBytes: 1 + (n % 64) })] : [keepNone];
    await everyCut(durability, choicesAt, { options: { logSegmentBytesMax: 2000 }, hasLateSyncs: true });
  },
);

test.each<OpenOptions>([{ compression: 'fast' }, { compression: 'small' }, { mappedBytesMax: 64 * 1024 }])(
  'nor does it with %o',
  { timeout: 180_000 },
  async (options) => {
    await everyCut('fsync', (n) => (n % 2 === 0 ? [keepSome(n)] : []), { options });
  },
);

test('a power cut at any call of the recovery after a power cut does no harm', { timeout: 180_000 }, async () => {
  for (let n = 10; n < 300; n += 20) {
    const { fileSystem, progress } = await runUntilCut(n, 'fsync');
    for (let m = 1; ; m++) {
      const recovering = fileSystem.crash(keepSome(n));
      recovering.cutPowerAt(m);
      const opened = await openOn(failingAfterPowerCut(recovering)).catch(() => undefined);
      await opened?.close().catch(() => undefined);
      if (!recovering.isPowerCut) break;
      const what = `cut at call ${n}, then at call ${m} of the recovery (${recovering.calls.at(-1)})`;
      await expectPrefix(recovering.crash(keepSome(m)), progress.acknowledged, progress.called, what);
    }
  }
});
