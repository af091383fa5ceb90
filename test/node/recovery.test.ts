import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import type { NodeStore } from '../../src/node/key-value-store.js';
import { eventually } from '../support/eventually.js';
import { Fault } from '../../src/env/simulated/faults.js';
import { FaultyFileSystem } from '../../src/env/simulated/faulty-file-system.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { MemoryStore } from '../support/memory-store.js';
import { TestNode } from '../support/test-node.js';

let opened: MemoryStore[];
let failuresToOpen: number;
let node: TestNode;
beforeEach(async () => {
  opened = [];
  failuresToOpen = 0;
  const cluster = new FakeCluster();
  node = await TestNode.start({
    openStore: (): Promise<NodeStore> => {
      if (failuresToOpen-- > 0) return Promise.reject(new CoreCacheError('DISK_FULL', 'no room'));
      const store = new MemoryStore();
      // What the store before had on disk.
      store.epoch = opened.at(-1)?.epoch ?? 0;
      opened.push(store);
      return Promise.resolve(store);
    },
    connect: () => Promise.resolve(cluster.connection()),
  });
});
afterEach(() => node.stop());

function poison(store: MemoryStore): void {
  const failure = new CoreCacheError('POISONED', 'a sync of the log failed');
  store.beforeAcknowledgement = () => {
    store.failure = failure;
    throw new CoreCacheError('OUTCOME_UNKNOWN', 'the log failed under it', { cause: failure });
  };
}

describe('a node whose log failed', () => {
  it('reports the write as unknown, then opens the store again and leads in a higher epoch', async () => {
    poison(opened[0]!);
    expect((await call(node.url, 'PUT', '/v1/kv/x', { body: '1' })).status).toBe(504);
    const put = await eventually('the node leads again', 5000, async () => {
      const answer = await call(node.url, 'PUT', '/v1/kv/x', { body: '2' });
      expect([201, 503]).toContain(answer.status);
      return answer.status === 201 ? answer : undefined;
    });
    expect(put.headers.etag).toMatch(/^"2-/);
    expect(opened[0]!.isClosed).toBe(true);
    expect(opened).toHaveLength(2);
    expect(node.node.status()).toMatchObject({ role: 'leader', storage: 'open' });
  });

  it('says what is wrong while it cannot be opened, and tries until it can', async () => {
    failuresToOpen = 3;
    poison(opened[0]!);
    await call(node.url, 'PUT', '/v1/kv/x', { body: '1' });
    const health = await eventually('health tells', 5000, async () => {
      const answer = await call(node.url, 'GET', '/health/ready');
      return answer.text.includes('no room') ? answer : undefined;
    });
    expect(health.status).toBe(503);
    const status = await call(node.url, 'GET', '/v1/status');
    expect([status.status, status.json()]).toMatchObject([200, { storage: 'recovering', role: 'none' }]);
    expect((await call(node.url, 'GET', '/v1/kv/x')).status).toBe(503);
    await eventually('the node is ready', 10_000, async () =>
      (await call(node.url, 'GET', '/health/ready')).status === 200 ? true : undefined,
    );
  });

  it('stops at once while it is still trying', async () => {
    failuresToOpen = 1000;
    poison(opened[0]!);
    await call(node.url, 'PUT', '/v1/kv/x', { body: '1' });
    await node.stop();
    await expect(call(node.url, 'GET', '/health/live')).rejects.toThrow();
  });
});

describe('a node on a real database whose disk fails', () => {
  it('loses nothing that it acknowledged, and is back when the disk is', async () => {
    const machine = nodeEnvironment();
    const fileSystem = new FaultyFileSystem(machine.fileSystem);
    const real = await TestNode.start({}, { compactionBackground: 'inline' }, { ...machine, fileSystem });
    const put = async (key: string): Promise<number> =>
      (await call(real.url, 'PUT', `/v1/kv/${key}`, { body: key })).status;
    expect(await put('before')).toBe(201);
    fileSystem.inject(Fault.fail({ operation: 'sync', path: /\.log$/ }));
    expect(await put('during')).toBe(504);
    await eventually('health tells', 5000, async () =>
      (await call(real.url, 'GET', '/health/ready')).status === 503 ? true : undefined,
    );
    fileSystem.heal();
    await eventually('it writes again', 10_000, async () => ((await put('after')) < 300 ? true : undefined));
    expect((await call(real.url, 'GET', '/v1/kv/before')).text).toBe('before');
    const during = await call(real.url, 'GET', '/v1/kv/during');
    expect(during.status === 404 || during.text === 'during').toBe(true);
    expect(real.node.status().epoch).toBeGreaterThan(1);
    await real.stop();
  });
});
