import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemReadSigns } from '../../src/env/system-read-signs.js';

it('the time goes on', () => {
  const before = systemReadSigns.monotonic();
  expect(systemReadSigns.monotonic()).toBeGreaterThanOrEqual(before);
});

it.runIf(process.platform === 'linux')('a read that the page cache answers is none of a device', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'corecache-signs-'));
  try {
    const path = join(directory, 'file');
    await writeFile(path, Buffer.alloc(100_000, 1));
    await readFile(path);
    systemReadSigns.deviceReads();
    const before = systemReadSigns.deviceReads();
    expect(readFileSync(path)).toHaveLength(100_000);
    expect(systemReadSigns.deviceReads()).toBe(before);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it.runIf(existsSync('/proc/thread-self/schedstat'))('the wait for a processor is no more than the time', () => {
  const [startMs, waitedMs] = [systemReadSigns.monotonic(), systemReadSigns.processorWaitMs()];
  while (systemReadSigns.monotonic() < startMs + 5);
  const growthMs = systemReadSigns.processorWaitMs() - waitedMs;
  expect(waitedMs).toBeGreaterThan(0);
  expect(growthMs).toBeGreaterThanOrEqual(0);
  expect(growthMs).toBeLessThanOrEqual(systemReadSigns.monotonic() - startMs);
});
