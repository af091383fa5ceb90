import { afterEach, describe, expect, it } from 'vitest';
import { ANY_VERSION } from '../../src/coordination/coordinator.js';
import { LocalCoordinator } from '../../src/coordination/local/local-coordinator.js';
import { ZnodeTree } from '../../src/coordination/local/znode-tree.js';
import { isCoreCacheError } from '../../src/base/errors.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { rejection } from '../conformance/coordinator.js';
import { eventually } from '../support/eventually.js';
import { Participant, type ParticipantOptions } from '../support/participant.js';

describe('leadership without a network', () => {
  const started: Participant[] = [];
  const start = async (options: Partial<ParticipantOptions> = {}): Promise<Participant> => {
    const participant = new Participant({ coordinator: new LocalCoordinator(), nodeId: 'a', ...options });
    started.push(participant);
    await participant.leadership.start();
    return participant;
  };
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ leadership }) => leadership.stop()));
  });

  it('a lone node leads as soon as it has started', async () => {
    const { leadership, leads, events } = await start();
    expect(leads).toBe(true);
    expect(events).toEqual(['take up 1']);
    expect(leadership.status()).toMatchObject({ role: 'leader', epoch: 1, leader: { nodeId: 'a', url: 'http://a' } });
  });

  it('its epoch is above the one on its disk', async () => {
    const { epochs } = await start({ lowestEpoch: 41 });
    expect(epochs).toEqual([42]);
  });

  it('its lease does not lapse', async () => {
    const { environment } = startOptionsWithJumpingClock();
    const participant = await start({ environment: environment.value });
    environment.jumpMs = 10 * 365 * 86_400_000;
    expect(participant.leads).toBe(true);
  });

  it('sees itself among the nodes', async () => {
    const { leadership } = await start();
    const nodes = await eventually('the view', 5000, () => leadership.status().nodes[0]);
    expect(nodes).toEqual({ nodeId: 'a', url: 'http://a', version: '1' });
  });

  it('does not lead before leadership is taken up', async () => {
    let finish = (): void => undefined;
    const takeUp = (): Promise<void> => new Promise((resolve) => (finish = resolve));
    const participant = new Participant({ coordinator: new LocalCoordinator(), nodeId: 'a', takeUp });
    started.push(participant);
    const starting = participant.leadership.start();
    await eventually('take up', 5000, () => participant.epochs[0]);
    expect(participant.leads).toBe(false);
    finish();
    await starting;
    expect(participant.leads).toBe(true);
  });

  it('lays down at once when its session ends, and leads again with a higher epoch', async () => {
    const coordinator = new LocalCoordinator();
    const participant = await start({ coordinator });
    coordinator.expire();
    expect(participant.leads).toBe(false);
    expect(participant.events).toEqual(['take up 1', 'lay down']);
    await eventually('the next leadership', 5000, () => participant.leads || undefined);
    expect(participant.epochs).toEqual([1, 2]);
  });

  it('tells again to lay down when leadership was lost while it was taken up', async () => {
    const coordinator = new LocalCoordinator();
    const releases: (() => void)[] = [];
    const takeUp = (): Promise<void> => new Promise((resolve) => releases.push(resolve));
    const participant = new Participant({ coordinator, nodeId: 'a', takeUp });
    started.push(participant);
    const starting = participant.leadership.start();
    await eventually('take up', 5000, () => releases[0]);
    coordinator.expire();
    await eventually('lay down', 5000, () => participant.events[1]);
    releases[0]!();
    await eventually('the second', 5000, () => releases[1]);
    expect(participant.events).toEqual(['take up 1', 'lay down', 'lay down', 'take up 2']);
    releases[1]!();
    await starting;
  });

  it('goes to the end of the election when leadership cannot be taken up', async () => {
    const tree = new ZnodeTree();
    const takeUp = (): Promise<void> => Promise.reject(new Error('disk is gone'));
    const sick = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'sick', takeUp });
    const healthy = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'healthy' });
    await eventually('the healthy node leads', 5000, () => healthy.leads || undefined);
    expect(sick.leads).toBe(false);
  });

  it('leaves the election when it stops, and the next leads', async () => {
    const tree = new ZnodeTree();
    const first = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'a' });
    const second = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'b' });
    expect(second.leadership.status().role).toBe('follower');
    await first.leadership.stop();
    expect(first.leads).toBe(false);
    await eventually('the next leader', 5000, () => second.leads || undefined);
    expect(second.epochs).toEqual([2]);
  });

  it('a removed candidate ends leadership', async () => {
    const tree = new ZnodeTree();
    const coordinator = new LocalCoordinator(tree);
    const participant = await start({ coordinator });
    const [name] = await coordinator.children('/corecache/election');
    await coordinator.remove(`/corecache/election/${name ?? ''}`, 0);
    await eventually('a new term', 5000, () => (participant.epochs.length === 2 ? true : undefined));
  });

  it('founds its cluster again in a coordinator that lost everything, and leads in a higher epoch', async () => {
    const coordinator = new LocalCoordinator();
    const participant = await start({ coordinator, lowestEpoch: 4 });
    const { clusterId } = participant.leadership;
    await removeAll(coordinator, '/corecache');
    coordinator.expire();
    await eventually('the next leadership', 5000, () => participant.leads || undefined);
    expect(participant.epochs).toEqual([5, 6]);
    const { data } = (await coordinator.get('/corecache/id'))!;
    expect(JSON.parse(Buffer.from(data).toString())).toMatchObject({ clusterId });
  });

  it('joins the cluster that is there, and refuses another', async () => {
    const tree = new ZnodeTree();
    const first = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'a', clusterId: 'blue' });
    expect(first.leadership.clusterId).toBe('blue');
    const second = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'b' });
    expect(second.leadership.clusterId).toBe('blue');
    const stranger = start({ coordinator: new LocalCoordinator(tree), nodeId: 'c', clusterId: 'red' });
    const error = await rejection(stranger);
    expect(isCoreCacheError(error, 'CLUSTER_MISMATCH')).toBe(true);
  });

  it('refuses a cluster of a newer format', async () => {
    const tree = new ZnodeTree();
    const coordinator = new LocalCoordinator(tree);
    await coordinator.create('/corecache', new Uint8Array(0), 'persistent');
    const newer = Buffer.from(JSON.stringify({ clusterId: 'blue', formatVersion: 2 }));
    await coordinator.create('/corecache/id', newer, 'persistent');
    const error = await rejection(start({ coordinator }));
    expect(isCoreCacheError(error, 'NEWER_FORMAT')).toBe(true);
  });

  it('takes over from its own dead process at once', async () => {
    const tree = new ZnodeTree();
    const dead = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'a', bootId: 'first' });
    const reborn = await start({ coordinator: new LocalCoordinator(tree), nodeId: 'a', bootId: 'second' });
    expect(reborn.leads).toBe(true);
    expect(reborn.epochs[0]).toBeGreaterThan(dead.epochs[0]!);
  });
});

function startOptionsWithJumpingClock() {
  const real = nodeEnvironment();
  const environment = {
    jumpMs: 0,
    value: {
      ...real,
      clock: {
        now: () => real.clock.now() + environment.jumpMs,
        monotonic: () => real.clock.monotonic() + environment.jumpMs,
        setTimer: real.clock.setTimer.bind(real.clock),
        sleep: real.clock.sleep.bind(real.clock),
        nextTurn: real.clock.nextTurn.bind(real.clock),
      },
    },
  };
  return { environment };
}

async function removeAll(coordinator: LocalCoordinator, path: string): Promise<void> {
  for (const name of await coordinator.children(path)) await removeAll(coordinator, `${path}/${name}`);
  await coordinator.remove(path, ANY_VERSION);
}
