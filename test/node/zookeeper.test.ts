import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterBody, StatusBody } from '../../src/protocol/rest-bodies.js';
import { eventually } from '../support/eventually.js';
import { call } from '../support/http-call.js';
import { startNode, TestNode } from '../support/test-node.js';
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper-server.js';

let zooKeeper: ZooKeeperServer;
let nodes: TestNode[] = [];
let roots = 0;
let flags: Readonly<Record<string, string>>;
beforeAll(async () => {
  zooKeeper = await startZooKeeper();
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
  nodes = [];
});
afterAll(() => zooKeeper.stop());

async function startNodes(count: number): Promise<TestNode[]> {
  flags = {
    zooKeeperHost: zooKeeper.connect,
    zooKeeperRoot: `/test-${++roots}`,
    zooKeeperSessionTimeout: '2s',
    compactionBackground: 'inline',
  };
  for (let i = 0; i < count; i++) nodes.push(await TestNode.start({}, flags));
  return nodes;
}
const statusOf = (node: TestNode): StatusBody => node.node.status();
const leaderOf = (among: readonly TestNode[]): Promise<TestNode> =>
  eventually('one leads, and all know it', 15_000, () => {
    const leading = among.filter((node) => statusOf(node).role === 'leader');
    const known = among.filter((node) => statusOf(node).leader?.url === leading[0]?.url);
    return leading.length === 1 && known.length === among.length ? leading[0] : undefined;
  });

describe('three nodes on a real ZooKeeper', () => {
  it('serve one history through any of them, and another leads at once when the leader stops', async () => {
    const all = await startNodes(3);
    const first = await leaderOf(all);
    for (const [i, { url }] of all.entries()) {
      expect((await call(url, 'PUT', `/v1/kv/k${i}`, { body: String(i) })).status).toBe(201);
    }
    for (const { url } of all)
      expect((await call(url, 'GET', '/v1/kv?prefix=k')).json()).toHaveProperty('items.length', 3);
    const cluster = (await call(all[0]!.url, 'GET', '/v1/cluster')).json() as ClusterBody;
    expect(cluster.nodes.map(({ url }) => url).sort()).toEqual(all.map(({ url }) => url).sort());
    expect(cluster).toMatchObject({
      coordination: { kind: 'zookeeper', state: 'connected' },
      leader: { url: first.url },
    });

    const { epoch } = statusOf(first);
    const rest = all.filter((node) => node !== first);
    await first.node.stop();
    const second = await leaderOf(rest);
    expect(statusOf(second).epoch).toBeGreaterThan(epoch);
    for (const { url } of rest)
      expect((await call(url, 'PUT', '/v1/kv/after', { body: 'x' })).status).toBeLessThan(300);
  });

  it('remember their cluster, and refuse another', async () => {
    const [node] = await startNodes(1);
    const { clusterId } = statusOf(node!);
    expect(clusterId).toMatch(/./);
    await node!.node.stop();
    const again = await startNode(node!.directory, {}, flags);
    expect(again.status().clusterId).toBe(clusterId);
    await again.stop();
    const elsewhere = { ...flags, zooKeeperRoot: '/elsewhere' };
    await (await TestNode.start({}, elsewhere)).stop();
    await expect(startNode(node!.directory, {}, elsewhere)).rejects.toMatchObject({ code: 'CLUSTER_MISMATCH' });
  });

  it('serve again by themselves after ZooKeeper was restarted', async () => {
    const all = await startNodes(2);
    await leaderOf(all);
    await zooKeeper.restart();
    await leaderOf(all);
    const answers = await Promise.all(all.map(({ url }) => call(url, 'PUT', '/v1/kv/x', { body: 'x' })));
    expect(answers.every(({ status }) => status < 300)).toBe(true);
  });
});
