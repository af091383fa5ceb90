import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CoreCacheError } from '../../src/base/errors.js';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { MemoryStore } from '../support/memory-store.js';
import { memoryParts, TestNode } from '../support/test-node.js';

let cluster: FakeCluster;
let store: MemoryStore;
let node: TestNode;
beforeEach(async () => {
  cluster = new FakeCluster();
  store = new MemoryStore();
  node = await TestNode.start(memoryParts(store, cluster));
  await call(node.url, 'PUT', '/v1/kv/key', { body: 'value' });
});
afterEach(() => node.stop());

async function outcome(method: string, path = '/v1/kv/key'): Promise<unknown> {
  const answer = await call(node.url, method, path, method === 'PUT' ? { body: 'new' } : {});
  return [answer.status, answer.text === '' ? '' : (answer.json() as { error: { code: string } }).error.code];
}
const lapse = (): void => {
  cluster.hasLease = false;
};
/** Leadership is lost and won again: the lease holds at every look, but the term is another. */
const anotherTerm = async (): Promise<void> => {
  store.beforeRead = () => undefined;
  store.beforeAcknowledgement = () => undefined;
  await cluster.lead(node.node.nodeId);
};

describe('a leader whose lease lapsed', () => {
  it('answers nothing as leader', async () => {
    lapse();
    expect(await outcome('GET')).toEqual([503, 'NO_LEADER']);
    expect(await outcome('PUT')).toEqual([503, 'NO_LEADER']);
    expect(await outcome('DELETE')).toEqual([503, 'NO_LEADER']);
    expect(await outcome('GET', '/v1/kv')).toEqual([503, 'NO_LEADER']);
    expect((await call(node.url, 'GET', '/v1/status')).json()).toMatchObject({ role: 'none' });
    cluster.hasLease = true;
    expect((await call(node.url, 'GET', '/v1/kv/key')).text).toBe('value');
  });

  it.each([
    ['the lease lapses', lapse],
    ['another term begins', anotherTerm],
  ])('throws away what it has read when %s before the reply', async (_, change) => {
    store.beforeRead = change;
    expect(await outcome('GET')).toEqual([503, 'NO_LEADER']);
  });

  it('says nothing of a key that is missing either', async () => {
    store.beforeRead = lapse;
    expect(await outcome('GET', '/v1/kv/missing')).toEqual([503, 'NO_LEADER']);
  });

  it.each([
    ['the lease lapses', lapse],
    ['another term begins', anotherTerm],
  ])('reports a write that was logged as unknown when %s before the reply', async (_, change) => {
    store.beforeAcknowledgement = change;
    expect(await outcome('PUT')).toEqual([504, 'OUTCOME_UNKNOWN']);
    cluster.hasLease = true;
    store.beforeAcknowledgement = () => undefined;
    expect((await call(node.url, 'GET', '/v1/kv/key')).text).toBe('new');
  });

  it('does not refuse by a condition that it can no longer judge', async () => {
    store.beforeRead = lapse;
    const answer = await call(node.url, 'PUT', '/v1/kv/key', { body: 'x', headers: { 'If-None-Match': '*' } });
    expect(answer.status).toBe(503);
  });

  it('does not begin a write whose body arrived after the lapse', async () => {
    const headers = { Expect: '100-continue', 'Content-Length': 3 };
    const { request } = await import('node:http');
    const { port } = new URL(node.url);
    const status = await new Promise((resolve, reject) => {
      const put = request({ port, method: 'PUT', path: '/v1/kv/key', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      put.on('error', reject);
      put.on('continue', () => {
        lapse();
        put.end('new');
      });
      put.flushHeaders();
    });
    expect(status).toBe(503);
    cluster.hasLease = true;
    expect((await call(node.url, 'GET', '/v1/kv/key')).text).toBe('value');
  });

  it('ends a page, and a stream that has begun, with the error', async () => {
    for (let i = 0; i < 400; i++)
      await store.write([{ type: 'put', key: Buffer.from(`s${i}`), value: Buffer.alloc(500, 'x') }]);
    let reads = 0;
    store.beforeRead = () => {
      if (++reads === 300) lapse();
    };
    const lines = (await call(node.url, 'GET', '/v1/kv', { headers: { Accept: 'application/x-ndjson' } })).text
      .trim()
      .split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ error: { code: 'NO_LEADER' } });
    expect(lines.length).toBeLessThanOrEqual(300);
  });
});

describe('a write that the store refused', () => {
  it.each([
    ['OUTCOME_UNKNOWN', 504],
    ['DISK_FULL', 503],
    ['POISONED', 503],
    ['CLOSED', 503],
    ['IO', 500],
  ] as const)('is reported as what it is: %s', async (code, status) => {
    store.beforeAcknowledgement = () => {
      throw new CoreCacheError(code, 'trouble');
    };
    expect(await outcome('PUT')).toEqual([status, code]);
  });

  it('stays of unknown outcome when the lease has lapsed too', async () => {
    store.beforeAcknowledgement = () => {
      lapse();
      throw new CoreCacheError('OUTCOME_UNKNOWN', 'trouble');
    };
    expect(await outcome('PUT')).toEqual([504, 'OUTCOME_UNKNOWN']);
  });
});
