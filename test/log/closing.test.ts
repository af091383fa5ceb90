import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CrashableFileSystem } from '../../src/env/simulated/crashable-file-system.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { NodeFileSystem } from '../../src/env/node-file-system.js';
import { CommitLog } from '../../src/log/commit-log.js';
import { append, openLog, placeOn, write } from './log-fixture.js';

describe('closing the log', () => {
  let made: string | undefined;
  afterEach(async () => {
    if (made !== undefined) await rm(made, { recursive: true });
    made = undefined;
  });

  it('syncs a group that is on its way to the file', async () => {
    made = await mkdtemp(join(tmpdir(), 'corecache-log-'));
    const environment = placeOn(new NodeFileSystem());
    const log = await CommitLog.open({
      environment,
      directory: join(made, 'log'),
      options: { segmentBytesMax: 1 << 26, syncIntervalMs: 100 },
      onRecord: () => undefined,
    });
    const appended = append(log, write(1, 'x'.repeat(4 << 20)), 'os');
    // Promise reactions alone: the loop has taken the group, and the write cannot have returned.
    for (let i = 0; i < 20; i++) await Promise.resolve();
    await log.close();
    await appended;
    expect(log.stats()).toMatchObject({ recordCount: 1, syncCount: 1, failure: undefined });
  });

  it('closes the file also when the mark at its end cannot be written', async () => {
    const files = new FaultyFileSystem(new CrashableFileSystem());
    const { log } = await openLog(placeOn(files));
    await append(log, write(1));
    const close = Fault.fail({ operation: 'close', path: /\.log$/ });
    files.inject(Fault.fail({ operation: 'write', path: /\.log$/ }, 'ENOSPC'));
    files.inject(close);
    await expect(log.close()).rejects.toMatchObject({ code: expect.stringMatching(/DISK_FULL|IO/) as string });
    expect(close.struck).toBe(1);
    files.heal();
    expect((await openLog(placeOn(files))).replayed).toHaveLength(1);
  });
});
