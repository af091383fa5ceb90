import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BackgroundThread } from '../../src/env/background-thread.js';
import { compiledModule, startWorkerThread } from '../../src/env/worker-thread.js';

const compiled = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href);
const WORKER = `
  import { resourceLimits } from 'node:worker_threads';
  import { serveRequests } from ${compiled('env/worker-thread.js')};
  import { corruption } from ${compiled('base/errors.js')};
  serveRequests((data) => async (request) => {
    switch (request.do) {
      case 'echo': return { response: { ...request, data } };
      case 'reverse': return { response: request.bytes.reverse(), transfer: [request.bytes.buffer] };
      case 'add': Atomics.add(new Int32Array(request.shared), 0, 5); return { response: 'added' };
      case 'corruption': throw corruption('/x', 7, 'is damaged');
      case 'limits': return { response: resourceLimits };
      case 'bug': throw new TypeError('a bug');
      case 'die': setTimeout(() => { throw new Error('died'); }, 0); return new Promise(() => {});
      case 'wait': return new Promise(() => {});
    }
  });`;

describe('a worker thread', () => {
  let directory: string;
  let thread: BackgroundThread<unknown, unknown>;
  const start = (entry = './worker.mjs'): BackgroundThread<unknown, unknown> => {
    const moduleUrl = pathToFileURL(join(directory, 'starter.js')).href;
    return (thread = startWorkerThread({
      name: 'test',
      moduleUrl,
      entry,
      data: { from: 'start' },
      youngGenerationMiBMax: 2,
      oldGenerationMiBMax: 64,
    }));
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'corecache-thread-'));
    writeFileSync(join(directory, 'worker.mjs'), WORKER);
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  afterEach(() => thread.terminate());

  it('answers overlapping requests, each with its own answer, and knows its start data', async () => {
    start();
    const answers = await Promise.all([1, 2, 3].map((n) => thread.request({ do: 'echo', n })));
    expect(answers).toMatchObject([1, 2, 3].map((n) => ({ n, data: { from: 'start' } })));
  });

  it('moves buffers there and back', async () => {
    start();
    const bytes = Uint8Array.of(1, 2, 3);
    const answer = thread.request({ do: 'reverse', bytes }, [bytes.buffer]);
    expect(bytes).toHaveLength(0);
    expect(await answer).toEqual(Uint8Array.of(3, 2, 1));
  });

  it('shares shared memory', async () => {
    start();
    const shared = new SharedArrayBuffer(4);
    await thread.request({ do: 'add', shared });
    expect(new Int32Array(shared)[0]).toBe(5);
  });

  it('keeps its objects within the memory that it is given', async () => {
    start();
    expect(await thread.request({ do: 'limits' })).toMatchObject({
      maxYoungGenerationSizeMb: 2,
      maxOldGenerationSizeMb: 64,
    });
  });

  it('rejects with the operating error that was thrown there', async () => {
    start();
    await expect(thread.request({ do: 'corruption' })).rejects.toMatchObject({
      name: 'CoreCacheError',
      code: 'CORRUPTION',
      data: { file: '/x', offset: 7 },
    });
    await expect(thread.request({ do: 'bug' })).rejects.toMatchObject({ code: 'INTERNAL', message: 'a bug' });
    expect(await thread.request({ do: 'echo' })).toBeDefined();
  });

  it('rejects what was open when it died, and what comes after', async () => {
    start();
    const waiting = thread.request({ do: 'wait' });
    const dying = thread.request({ do: 'die' });
    await expect(dying).rejects.toMatchObject({ code: 'INTERNAL', message: 'thread test failed: died' });
    await expect(waiting).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(thread.request({ do: 'echo' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('rejects what is open when it is terminated', async () => {
    start();
    const waiting = expect(thread.request({ do: 'wait' })).rejects.toMatchObject({ code: 'INTERNAL' });
    await thread.terminate();
    await waiting;
  });

  it('rejects when its module is not there', async () => {
    start('./none.mjs');
    await expect(thread.request({ do: 'echo' })).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  it('runs the compiled twin of a source', () => {
    start();
    const source = new URL('../../src/lsm/compaction/job.ts', import.meta.url).href;
    const twin = new URL('../../dist/lsm/compaction/worker.js', import.meta.url).href;
    expect(compiledModule(source, './worker.js').href).toBe(twin);
    expect(compiledModule(twin, './worker.js').href).toBe(twin);
  });
});
