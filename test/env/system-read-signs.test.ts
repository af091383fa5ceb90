import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
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
