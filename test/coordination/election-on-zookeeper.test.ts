import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isCoreCacheError } from '../../src/base/errors.js';
import { connected, rejection } from '../conformance/coordinator.js';
import { eventually } from '../support/eventually.js';
import { LeaseSamples } from '../support/lease-samples.js';
import { Participant, type ParticipantOptions } from '../support/participant.js';
import { openProxiedCoordinator, type ProxiedCoordinator } from '../support/proxied-coordinator.js';
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper-server.js';

const SESSION_MS = 2000;

interface Node extends ProxiedCoordinator {
  readonly participant: Participant;
}

describe('election on a real ZooKeeper', () => {
  let server: ZooKeeperServer;
  let root = '/test-0';
  let roots = 0;
  const nodes: Node[] = [];
  const samples = new LeaseSamples(nodes);

  const join = async (nodeId: string, options: Partial<ParticipantOptions> = {}): Promise<Node> => {
    const link = await openProxiedCoordinator(server, SESSION_MS);
    const participant = new Participant({ coordinator: link.coordinator, nodeId, root, ...options });
    const node = { ...link, participant };
    nodes.push(node);
    await participant.leadership.start();
    return node;
  };
  const leaderAmong = (among: readonly Node[]): Promise<Node> =>
    eventually('a leader', 15_000, () => among.find(({ participant }) => participant.leads));

  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterEach(async () => {
    samples.stop();
    await Promise.all(
      nodes.splice(0).map(async (node) => {
        node.proxy.resume();
        await node.participant.leadership.stop();
        await node.close();
      }),
    );
    root = `/test-${++roots}`;
  });
  afterAll(() => server.stop());

  it('one leads, the others follow and know it', async () => {
    const [a, b, c] = [await join('a'), await join('b'), await join('c')];
    expect([a, b, c].map(({ participant }) => participant.leads)).toEqual([true, false, false]);
    for (const { participant } of [b, c]) {
      const status = await eventually('the view of all', 5000, () => {
        const now = participant.leadership.status();
        return now.leader !== undefined && now.nodes.length === 3 ? now : undefined;
      });
      expect(status).toMatchObject({ role: 'follower', epoch: 1, leader: { nodeId: 'a', url: 'http://a' } });
    }
  });

  it('a leader that stops hands over at once, in the order of arrival', async () => {
    const [a, b, c] = [await join('a'), await join('b'), await join('c')];
    const stoppedAt = performance.now();
    await a.participant.leadership.stop();
    expect(await leaderAmong([b, c])).toBe(b);
    expect(performance.now() - stoppedAt).toBeLessThan(SESSION_MS);
    expect(b.participant.epochs).toEqual([2]);
  });

  it('a leader that leaves without a link leaves no candidate behind that the others wait for', async () => {
    const [a, b] = [await join('a'), await join('b')];
    a.proxy.refuse();
    await eventually('the link is lost', 5000, () => (a.coordinator.state === 'suspended' ? true : undefined));
    await a.participant.leadership.stop();
    // The process goes on, and so does its coordinator.
    a.proxy.resume();
    expect(await leaderAmong([b])).toBe(b);
  });

  it('a cut-off leader loses its lease before another leads; it comes back as a follower of a higher epoch', async () => {
    const [a, b, c] = [await join('a'), await join('b'), await join('c')];
    samples.start();
    a.proxy.blackHole();
    const next = await leaderAmong([b, c]);
    expect(next.participant.epochs.at(-1)).toBeGreaterThan(1);
    expect(a.participant.leads).toBe(false);
    a.proxy.resume();
    a.proxy.cut();
    await connected(a.coordinator, 2);
    await eventually('a follows', 10_000, () =>
      a.participant.leadership.status().leader?.nodeId === next.participant.nodeId ? true : undefined,
    );
    expect(a.participant.events).toEqual(['take up 1', 'lay down']);
    expect(samples.most).toBe(1);
  });

  it('a leader whose link is paused beyond its lease, but within its session, leads again in its old epoch', async () => {
    const [a, b] = [await join('a'), await join('b')];
    samples.start();
    a.proxy.refuse();
    await eventually('the lease lapses', 5000, () => (a.participant.leads ? undefined : true));
    a.proxy.resume();
    const next = await leaderAmong([a, b]);
    expect(next === a ? a.participant.epochs : b.participant.epochs).toEqual(next === a ? [1] : [2]);
    expect(samples.most).toBe(1);
  });

  it('a short cut of the link costs nobody leadership', async () => {
    const a = await join('a');
    const b = await join('b');
    a.proxy.cut();
    b.proxy.cut();
    await eventually('both are back', 5000, () =>
      a.coordinator.state === 'connected' && b.coordinator.state === 'connected' ? true : undefined,
    );
    await leaderAmong([a]);
    expect(a.participant.epochs).toEqual([1]);
    expect(a.coordinator.generation).toBe(1);
  });

  it('many leaders one after another: epochs rise and no two hold the lease', async () => {
    const all = [await join('a'), await join('b'), await join('c')];
    samples.start();
    for (let round = 0; round < 4; round++) {
      const leader = await leaderAmong(all);
      const { generation } = leader.coordinator;
      leader.coordinator.renewSession(generation, 'test');
      expect(leader.participant.leads).toBe(false);
      await leaderAmong(all.filter((node) => node !== leader));
    }
    const epochs = all.flatMap(({ participant }) => participant.epochs).sort((a, b) => a - b);
    expect(new Set(epochs).size).toBe(epochs.length);
    expect(samples.most).toBe(1);
  });

  it('a process killed and started again at once is not held up by what it left behind', async () => {
    const dead = await join('a', { bootId: 'first' });
    const other = await join('b');
    dead.proxy.blackHole();
    const startedAt = performance.now();
    const reborn = await join('a', { bootId: 'second' });
    const next = await leaderAmong([other, reborn]);
    expect(performance.now() - startedAt).toBeLessThan(SESSION_MS * 0.9);
    expect(next).toBe(other);
    expect(reborn.participant.leadership.status().nodes.map(({ nodeId }) => nodeId)).toEqual(['a', 'b']);
  });

  it('a second process on a copy of the data wins; the first keeps out', async () => {
    const first = await join('a', { bootId: 'first' });
    const second = await join('a', { bootId: 'second' });
    await leaderAmong([second]);
    await eventually('the first is out', 10_000, () =>
      first.participant.leadership.status().role === 'none' ? true : undefined,
    );
    expect(first.participant.leads).toBe(false);
    expect(second.participant.leads).toBe(true);
  });

  it('an id that another living node has is refused', async () => {
    await join('a');
    const error = await rejection(join('a', { storeUuid: 'another', bootId: 'another' }));
    expect(isCoreCacheError(error, 'CLUSTER_MISMATCH')).toBe(true);
  });

  it('an id of a dead node is free after its session, also for other data', async () => {
    const dead = await join('a');
    dead.proxy.blackHole();
    const heir = await join('a', { storeUuid: 'another', bootId: 'another' });
    await leaderAmong([heir]);
  });

  it('a registration that was taken away counts as the end of the session', async () => {
    const a = await join('a');
    const b = await join('b');
    await b.coordinator.remove(`${root}/nodes/a`, -1);
    await connected(a.coordinator, 2);
    expect(a.participant.events.slice(0, 2)).toEqual(['take up 1', 'lay down']);
    await leaderAmong([a, b]);
  });

  it('a raised controller epoch ends the term of the one before', async () => {
    const a = await join('a');
    const path = `${root}/controller_epoch`;
    await a.coordinator.set(path, Buffer.from('{"epoch":7,"node":"x","incarnation":"1"}'), -1);
    await eventually('laid down', 5000, () => a.participant.events[1]);
    await leaderAmong([a]);
    expect(a.participant.epochs).toEqual([1, 8]);
  });

  // Its waits alone, the start of a Java machine among them, may take longer than a test may as a rule.
  it('after ZooKeeper was restarted all recover and one leads', { timeout: 120_000 }, async () => {
    const all = [await join('a'), await join('b'), await join('c')];
    samples.start();
    await server.kill();
    await eventually('no one leads', 10_000, () => (all.some((node) => node.participant.leads) ? undefined : true));
    await server.start();
    const leader = await leaderAmong(all);
    await eventually('all see the leader', 15_000, () =>
      all.every((node) => node.participant.leadership.status().leader?.nodeId === leader.participant.nodeId)
        ? true
        : undefined,
    );
    expect(samples.most).toBe(1);
  });

  it('no ZooKeeper at start is told in time', async () => {
    const link = await openProxiedCoordinator(server, 1000);
    link.proxy.refuse();
    const participant = new Participant({ coordinator: link.coordinator, nodeId: 'z', root, startTimeoutMs: 500 });
    const error = await rejection(participant.leadership.start());
    expect(isCoreCacheError(error, 'COORDINATION')).toBe(true);
    await link.close();
  });
});
