import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StatusBody } from '../../src/protocol/rest-bodies.js';
import { eventually } from '../support/eventually.js';
import { NodeProcess } from '../support/node-process.js';
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper-server.js';

const SESSION_TIMEOUT_MS = 2000;
/** What an election may take after the session has ended. */
const ELECTION_MS = 2000;
const NO_FORWARD = { 'corecache-no-forward': '1' };

let zooKeeper: ZooKeeperServer;
let directory: string;
let nodes: NodeProcess[];
let clusterCount = 0;

beforeAll(async () => {
  zooKeeper = await startZooKeeper();
});
afterAll(async () => {
  await zooKeeper.stop();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'corecache cluster.'));
  nodes = [];
  clusterCount++;
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  rmSync(directory, { recursive: true, force: true });
});

async function startNode(name: string, port?: number): Promise<NodeProcess> {
  const node = await NodeProcess.start({
    dataDirectory: join(directory, name),
    ...(port === undefined ? {} : { port }),
    flags: [
      '--zooKeeperHost',
      `127.0.0.1:${zooKeeper.port}`,
      '--zooKeeperRoot',
      `/cluster-${clusterCount}`,
      '--zooKeeperSessionTimeout',
      `${SESSION_TIMEOUT_MS}ms`,
    ],
  });
  nodes.push(node);
  return node;
}

async function statusOf(node: NodeProcess): Promise<StatusBody> {
  return (await (await fetch(`${node.url}/v1/status`)).json()) as StatusBody;
}

/** The node of `among` that leads, as it says itself. */
function leaderOf(among: readonly NodeProcess[], withinMs: number): Promise<NodeProcess> {
  return eventually('a leader', withinMs, async () => {
    for (const node of among) {
      const { role } = await statusOf(node);
      if (role === 'leader') return node;
    }
    return undefined;
  });
}

async function startCluster(): Promise<{ leader: NodeProcess; followers: readonly NodeProcess[] }> {
  for (const name of ['one', 'two', 'three']) await startNode(name);
  const leader = await leaderOf(nodes, 10_000);
  const followers = nodes.filter((node) => node !== leader);
  for (const follower of followers) {
    await eventually('followers know the leader', 10_000, async () =>
      (await statusOf(follower)).leader?.url === leader.url ? true : undefined,
    );
  }
  return { leader, followers };
}

function put(node: NodeProcess, key: string, value: string): Promise<Response> {
  return fetch(`${node.url}/v1/kv/${key}`, { method: 'PUT', body: value });
}

describe('three nodes and a real ZooKeeper', () => {
  it('one leads, and the others forward to it or name it', async () => {
    const { leader, followers } = await startCluster();
    for (const [i, follower] of followers.entries()) {
      expect((await put(follower, `key-${i}`, `value ${i}`)).status).toBe(201);
      expect(await (await fetch(`${leader.url}/v1/kv/key-${i}`)).text()).toBe(`value ${i}`);
      const refused = await fetch(`${follower.url}/v1/kv/key-${i}`, { headers: NO_FORWARD });
      expect(refused.status).toBe(421);
      expect(refused.headers.get('corecache-leader')).toBe(new URL(leader.url).host);
    }
    expect((await Promise.all(nodes.map(statusOf))).filter(({ role }) => role === 'leader')).toHaveLength(1);
  });

  it('when the leader is killed, another leads within the session timeout plus two seconds, in a higher epoch', async () => {
    const { leader, followers } = await startCluster();
    const { epoch } = await statusOf(leader);
    await leader.kill();
    const next = await leaderOf(followers, SESSION_TIMEOUT_MS + ELECTION_MS);
    expect((await put(next, 'after', 'the kill')).status).toBe(201);
    expect((await statusOf(next)).epoch).toBeGreaterThan(epoch);
  });

  it('when the leader is stopped, another leads at once', async () => {
    const { leader, followers } = await startCluster();
    expect(await leader.stop()).toBe(0);
    await leaderOf(followers, ELECTION_MS);
  });

  it('a leader that was paused beyond its session never answers as leader with its old epoch', async () => {
    const { leader, followers } = await startCluster();
    expect((await put(leader, 'key', 'old')).status).toBe(201);
    const before = await statusOf(leader);
    leader.signal('SIGSTOP');
    const next = await leaderOf(followers, SESSION_TIMEOUT_MS + ELECTION_MS);
    await put(next, 'key', 'new');
    // These wait in the paused process's sockets and are the first thing it sees.
    const waiting = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0
        ? fetch(`${leader.url}/v1/kv/key`, { headers: NO_FORWARD })
        : fetch(`${leader.url}/v1/kv/key-${i}`, { method: 'PUT', body: 'late', headers: NO_FORWARD }),
    );
    const status = statusOf(leader);
    leader.signal('SIGCONT');
    for (const answer of await Promise.all(waiting)) expect([421, 503]).toContain(answer.status);
    expect((await status).role === 'leader' && (await status).epoch === before.epoch).toBe(false);
    await eventually('the old leader follows', 10_000, async () =>
      (await statusOf(leader)).leader?.url === next.url ? true : undefined,
    );
    expect(await (await fetch(`${leader.url}/v1/kv/key`)).text()).toBe('new');
  });

  it('when ZooKeeper is restarted the nodes recover by themselves', async () => {
    const { leader } = await startCluster();
    expect((await put(leader, 'before', 'x')).status).toBe(201);
    await zooKeeper.restart();
    const next = await leaderOf(nodes, 15_000);
    expect([201, 204]).toContain((await put(next, 'after', 'y')).status);
  });

  it('without ZooKeeper there is soon no leader, and requests are told to come again', async () => {
    const { leader, followers } = await startCluster();
    zooKeeper.pause();
    try {
      const refused = await eventually('503', SESSION_TIMEOUT_MS + ELECTION_MS, async () => {
        const answer = await fetch(`${leader.url}/v1/kv/key`);
        return answer.status === 503 ? answer : undefined;
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await fetch(`${followers[0]!.url}/v1/kv/key`)).status).toBe(503);
    } finally {
      zooKeeper.resume();
    }
    await leaderOf(nodes, 15_000);
  });
});

describe('one node and a real ZooKeeper', () => {
  it('serves at once, and comes back at once after kill -9 in spite of its own stale ephemeral', async () => {
    const node = await startNode('lone');
    await leaderOf([node], ELECTION_MS);
    expect((await put(node, 'key', 'value')).status).toBe(201);
    const { epoch } = await statusOf(node);
    await node.kill();
    const again = await startNode('lone', node.port);
    await leaderOf([again], SESSION_TIMEOUT_MS + ELECTION_MS);
    expect(await (await fetch(`${again.url}/v1/kv/key`)).text()).toBe('value');
    expect((await statusOf(again)).epoch).toBeGreaterThan(epoch);
  });
});
