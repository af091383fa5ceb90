import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { TestNode } from '../support/test-node.js';

let node: TestNode;
beforeAll(async () => {
  const cluster = new FakeCluster();
  node = await TestNode.start({ connect: () => Promise.resolve(cluster.connection()) });
});
afterAll(() => node.stop());

describe('a node on a real database', () => {
  it('writes, reads, replaces, scans and deletes', async () => {
    expect((await call(node.url, 'PUT', '/v1/kv/a', { body: '1' })).status).toBe(201);
    expect((await call(node.url, 'PUT', '/v1/kv/a', { body: '2' })).status).toBe(204);
    expect((await call(node.url, 'GET', '/v1/kv/a')).text).toBe('2');
    expect((await call(node.url, 'GET', '/v1/kv?prefix=a')).json()).toMatchObject({
      items: [{ key: 'a', value: '2' }],
    });
    expect((await call(node.url, 'DELETE', '/v1/kv/a')).status).toBe(204);
  });
});
