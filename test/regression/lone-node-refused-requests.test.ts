import { expect, it } from 'vitest';
import { call } from '../support/http-call.js';
import { TestNode } from '../support/test-node.js';

/**
 * Found in the system this one began from: a node forwarded every request to the owner it found on the ring of the other
 * nodes, and a node alone had no ring. It refused every request until a second node joined.
 */
it('a lone node serves its first request', async () => {
  const node = await TestNode.start({}, { compactionBackground: 'inline' });
  expect((await call(node.url, 'PUT', '/v1/kv/first', { body: '1' })).status).toBe(201);
  expect((await call(node.url, 'GET', '/v1/kv/first')).text).toBe('1');
  await node.stop();
});
