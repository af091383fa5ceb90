import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { keepAll, keepNone, keepSome } from '../../src/env/simulated/crash-choice.js';
import type { FileSystem } from '../../src/env/file-system.js';
import { Database } from '../../src/store/database.js';
import type { RepairLoss, RepairReport } from '../../src/store/repair/repair-report.js';
import { memoryPlace, pairs } from '../store/memory-database.js';
import { soundDatabase, TREE } from '../store/repair/damaged-database.js';
import { failingAfterPowerCut } from '../support/failing-after-power-cut.js';
import { DIRECTORY, openOn, Progress, runWorkload, statesUpTo } from './power-cut-workload.js';

function repair(fileSystem: FileSystem): Promise<RepairReport> {
  return Database.repair(DIRECTORY, { environment: memoryPlace(fileSystem), tableBytesMax: 512, blockBytes: 128 });
}

async function stateOf(fileSystem: FileSystem): Promise<string[]> {
  const database = await openOn(fileSystem);
  const state = await pairs(database.scan());
  expect((await database.verify()).problems).toEqual([]);
  await database.close();
  return state;
}

/** Without a manifest, a table of which a crash left one file cannot be told from one that has lost the other. */
function isDamage({ what }: RepairLoss): boolean {
  return !what.startsWith('is missing');
}

async function loseManifest(fileSystem: FileSystem): Promise<void> {
  for (const name of await fileSystem.list(TREE)) {
    if (name.startsWith('MANIFEST') || name === 'CURRENT') await fileSystem.remove(join(TREE, name));
  }
}

test(
  'when the manifest is lost after a power cut at any call, repair gives back every acknowledged value',
  { timeout: 120_000 },
  async () => {
    let repaired = 0;
    let withDeletedKeys = 0;
    for (let n = 12; ; n += 1) {
      const fileSystem = new CrashableFileSystem();
      fileSystem.cutPowerAt(n);
      const progress = new Progress();
      await runWorkload(failingAfterPowerCut(fileSystem), progress, 'fsync').catch(() => undefined);
      if (!fileSystem.isPowerCut) break;
      const survivor = fileSystem.crash([keepNone, keepSome(n), keepAll][n % 3]!);
      if (!(await survivor.list(DIRECTORY)).includes('IDENTITY')) continue;
      await loseManifest(survivor);
      const { losses, warnings } = await repair(survivor);
      expect(losses.filter(isDamage), `cut at call ${n}`).toEqual([]);
      const state = await stateOf(survivor);
      const allowed = statesUpTo(progress.called).slice(progress.acknowledged);
      repaired++;
      if (allowed.some((each) => each.join() === state.join())) continue;
      // A table that a compaction had replaced was left behind without the one that had the deletes: a warning says so.
      const hasAll = allowed.some((each) => each.every((line) => state.includes(line)) && state.length > each.length);
      expect(hasAll, `cut at call ${n}`).toBe(true);
      expect(warnings, `cut at call ${n}`).not.toEqual([]);
      withDeletedKeys++;
    }
    expect(repaired).toBeGreaterThan(50);
    expect(withDeletedKeys).toBeLessThan(repaired / 20);
  },
);

test('a repair that a power cut ends at any call is ended by the next one, with the same result', async () => {
  const sound = await soundDatabase(2);
  await loseManifest(sound.fileSystem);
  for (let n = 1; ; n++) {
    const fileSystem = sound.fileSystem.clone();
    fileSystem.cutPowerAt(n);
    await repair(failingAfterPowerCut(fileSystem)).catch(() => undefined);
    const isCut = fileSystem.isPowerCut;
    const survivor = fileSystem.crash(isCut ? [keepNone, keepSome(n), keepAll][n % 3]! : keepAll);
    expect((await repair(survivor)).losses.filter(isDamage)).toEqual([]);
    expect(await stateOf(survivor), `cut at call ${n} (${fileSystem.calls.at(-1)})`).toEqual(sound.state);
    if (!isCut) break;
  }
});
