import { expect, it } from 'vitest';
import { FakeCluster } from '../support/fake-cluster.js';
import { call } from '../support/http-call.js';
import { TestNode } from '../support/test-node.js';

/**
 * Found in the system this one began from: a node that asked another for a key took every status but 200 for a failure of
 * the network, so that a key that did not exist was 404 on its own node and 500 on all others.
 */
it.each([
  ['GET', '/v1/kv/missing'],
  ['HEAD', '/v1/kv/missing'],
  ['DELETE', '/v1/kv/missing'],
  ['GET', '/get/?key=missing'],
  ['POST', '/delete/?key=missing'],
])('a key missing on the leader is 404 on a follower: %s %s', async (method, path) => {
  const cluster = new FakeCluster();
  const connect = () => Promise.resolve(cluster.connection());
  const leader = await TestNode.start({ connect }, { compactionBackground: 'inline' });
  const follower = await TestNode.start({ connect }, { compactionBackground: 'inline' });
  const [here, there] = [await call(leader.url, method, path), await call(follower.url, method, path)];
  expect([here.status, there.status]).toEqual([404, 404]);
  expect(there.text).toBe(here.text);
  await follower.stop();
  await leader.stop();
});
