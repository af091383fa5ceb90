import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InlineReads } from '../../src/env/inline-reads.js';
import { NodeFileSystem } from '../../src/env/node-file-system.js';
import { INLINE_BYTES_MAX } from '../../src/env/node-readable-file.js';

describe('the files of the machine', () => {
  let directory: string;
  const files = new NodeFileSystem();
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'corecache-node-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('lock out another process, until that one ends, however it ends', async () => {
    const path = join(directory, 'LOCK');
    const compiled = new URL('../../dist/env/node-file-system.js', import.meta.url).href;
    const script = `
      import { NodeFileSystem } from ${JSON.stringify(compiled)};
      await new NodeFileSystem().lock(${JSON.stringify(path)});
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await expect(files.lock(path)).rejects.toMatchObject({ code: 'LOCKED', data: { path } });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await files.lock(path)).release();
  });

  it.runIf(process.platform === 'linux')('report a full device as DISK_FULL', async () => {
    const writer = await files.openWriter('/dev/full', 'append');
    const fullError = { code: 'DISK_FULL', data: { operation: 'write', path: '/dev/full', systemCode: 'ENOSPC' } };
    await expect(writer.write([Buffer.alloc(10)])).rejects.toMatchObject(fullError);
    expect(() => writer.writeSync([Buffer.alloc(10)])).toThrow(expect.objectContaining({ code: 'DISK_FULL' }));
    await writer.close();
  });

  it('answer at once when they are asked for no more than a thread should copy, also where no event loop waits', async () => {
    const path = join(directory, 'file');
    await (await files.openWriter(path, 'create')).close();
    const signs = { monotonic: () => 0, deviceReads: () => 0, processorWaitMs: () => 0 };
    const reader = await new NodeFileSystem(new InlineReads(signs)).openReader(path);
    const inThread = await files.openReader(path);
    for (const file of [reader, inThread]) {
      const sizes = [1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1];
      expect(sizes.map((bytes) => file.answersAtOnce(bytes))).toEqual([true, true, false]);
    }
    await Promise.all([reader.close(), inThread.close()]);
  });
});
