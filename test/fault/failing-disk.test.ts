import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isCoreCacheError } from '../../src/base/errors.js';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { compressions } from '../../src/lsm/tree-options.js';
import type { Database } from '../../src/store/database.js';
import { bytes, memoryPlace, openIn, text, tinyOptions } from '../store/memory-database.js';

let disk: CrashableFileSystem;
let fileSystem: FaultyFileSystem;
let database: Database;

beforeEach(async () => {
  disk = new CrashableFileSystem();
  fileSystem = new FaultyFileSystem(disk);
  database = await openIn(memoryPlace(fileSystem), tinyOptions);
});
afterEach(async () => {
  fileSystem.heal();
  await database.close().catch(() => undefined);
});

/** Puts one key after another until one fails; returns how many were acknowledged, and the failure. */
async function putUntilFailure(
  countMax: number,
): Promise<{ readonly acknowledged: number; readonly failure: unknown }> {
  for (let i = 0; i < countMax; i++) {
    try {
      await database.put(bytes(`k${i}`), bytes(`v${i}`));
    } catch (failure) {
      return { acknowledged: i, failure };
    }
  }
  return { acknowledged: countMax, failure: undefined };
}

async function reopen(): Promise<void> {
  fileSystem.heal();
  await database.close().catch(() => undefined);
  database = await openIn(memoryPlace(fileSystem), tinyOptions);
}

async function expectFirst(count: number): Promise<void> {
  for (let i = 0; i < count; i++) expect(text(await database.get(bytes(`k${i}`)))).toBe(`v${i}`);
}

describe('a full disk', () => {
  for (const [what, path] of [
    ['in the log', /\/log\//],
    ['in the tables', /\.(data|index)/],
    ['in the value files', /\.values/],
    ['in the manifest', /MANIFEST/],
    ['everywhere', /./],
  ] as const) {
    test(`${what}, at any write: a clear error, and what was acknowledged is there when space is back`, async () => {
      for (let n = 1; n <= 12; n++) {
        await database.close().catch(() => undefined);
        disk = new CrashableFileSystem();
        fileSystem = new FaultyFileSystem(disk);
        const compression = compressions[n % compressions.length]!;
        database = await openIn(memoryPlace(fileSystem), { ...tinyOptions, sealedMemtablesMax: 2, compression });
        fileSystem.inject(Fault.fail({ operation: ['write', 'create'], path, fromCall: n }, 'ENOSPC'));
        const outcome = putUntilFailure(200);
        const healed = setTimeout(() => fileSystem.heal(), 20);
        const { acknowledged, failure } = await outcome;
        clearTimeout(healed);
        if (failure !== undefined) {
          expect(isCoreCacheError(failure) && failure.code).toMatch(/^(OUTCOME_UNKNOWN|DISK_FULL|POISONED)$/);
        }
        await expectFirst(acknowledged);
        await reopen();
        await expectFirst(acknowledged);
        await database.put(bytes('again'), bytes('well'));
      }
    });
  }

  test('in the tables only: reads and writes go on, and the flush succeeds when space is back', async () => {
    const full = Fault.fail({ operation: ['write', 'create'], path: /\.data/ }, 'ENOSPC');
    fileSystem.inject(full);
    for (let i = 0; i < 30; i++) await database.put(bytes(`k${i}`), bytes(`v${i}`));
    await expect.poll(() => full.struck).toBeGreaterThan(0);
    await expectFirst(30);
    await database.put(bytes('more'), bytes('v'));
    fileSystem.heal();
    await database.flush();
    expect(database.stats().tree.tableCount).toBeGreaterThan(0);
    await expectFirst(30);
  });
});

describe('a sync of the log that fails', () => {
  test('leaves the outcome of the writes in flight unknown, refuses later ones, and is never tried again', async () => {
    await database.put(bytes('k0'), bytes('v0'));
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\/log\//, call: 1 }, 'EIO'));
    const inFlight = await Promise.allSettled([1, 2, 3].map((i) => database.put(bytes(`k${i}`), bytes(`v${i}`))));
    for (const outcome of inFlight) {
      expect(outcome).toMatchObject({
        status: 'rejected',
        reason: { code: 'OUTCOME_UNKNOWN', data: { reason: 'IO' } },
      });
    }
    const syncs = disk.calls.length;
    await expect(database.put(bytes('later'), bytes('v'))).rejects.toMatchObject({ code: 'POISONED' });
    await expect(database.beginEpoch(5)).rejects.toMatchObject({ code: 'POISONED' });
    expect(database.failure).toMatchObject({ code: 'POISONED' });
    expect(disk.calls.slice(syncs).filter((call) => call.includes('/log/'))).toEqual([]);
  });

  test('leaves a condition undecided that hung on a write in flight', async () => {
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\/log\//, fromCall: 1 }, 'EIO'));
    const outcomes = await Promise.allSettled(
      ['1', '2'].map((value) => database.put(bytes('k'), bytes(value), { ifVersion: 'absent' })),
    );
    expect(outcomes).toMatchObject([{ reason: { code: 'OUTCOME_UNKNOWN' } }, { reason: { code: 'POISONED' } }]);
  });

  test('shows nothing of the writes in flight, and goes on reading what was acknowledged', async () => {
    await database.put(bytes('k'), bytes('old'));
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\/log\//, fromCall: 1 }, 'EIO'));
    await expect(database.put(bytes('k'), bytes('new'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(text(await database.get(bytes('k')))).toBe('old');
    expect(text(database.getSync(bytes('k')))).toBe('old');
  });

  test('is over when the database is opened anew', async () => {
    await database.put(bytes('k0'), bytes('v0'));
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\/log\//, fromCall: 1 }, 'EIO'));
    await expect(database.put(bytes('k1'), bytes('v1'))).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await reopen();
    expect(database.failure).toBeUndefined();
    await expectFirst(1);
    expect([undefined, 'v1']).toContain(text(await database.get(bytes('k1'))));
    await database.put(bytes('k2'), bytes('v2'));
    expect(text(await database.get(bytes('k2')))).toBe('v2');
  });

  test('refuses writes also when nobody waited for the sync', async () => {
    await database.close();
    database = await openIn(memoryPlace(fileSystem), { ...tinyOptions, durability: 'interval', syncIntervalMs: 1 });
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\/log\//, fromCall: 1 }, 'EIO'));
    await database.put(bytes('k'), bytes('v'));
    await expect
      .poll(() => database.put(bytes('l'), bytes('v')).catch((error: unknown) => (error as { code: string }).code))
      .toBe('POISONED');
    expect(text(await database.get(bytes('k')))).toBe('v');
  });
});
