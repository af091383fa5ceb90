import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { ZooKeeperCoordinator } from '../../src/coordination/zookeeper/zookeeper-coordinator.js';
import { bytes, connected, failure } from '../conformance/coordinator.js';
import { eventually } from '../support/eventually.js';
import { openProxiedCoordinator, type ProxiedCoordinator } from '../support/proxied-coordinator.js';
import { startZooKeeper, type ZooKeeperServer } from '../support/zookeeper-server.js';

const SESSION_MS = 2000;

describe('what node-zookeeper-client would do wrong', () => {
  let server: ZooKeeperServer;
  const links: ProxiedCoordinator[] = [];
  const open = async (): Promise<ProxiedCoordinator> => {
    const link = await openProxiedCoordinator(server, SESSION_MS);
    links.push(link);
    await connected(link.coordinator);
    return link;
  };
  const suspended = ({ coordinator }: ProxiedCoordinator): Promise<true> =>
    eventually('suspension', 10_000, () => (coordinator.state === 'suspended' ? true : undefined));

  beforeAll(async () => {
    server = await startZooKeeper();
  });
  afterEach(async () => {
    await Promise.all(
      links.splice(0).map((link) => {
        link.proxy.resume();
        return link.close();
      }),
    );
  });
  afterAll(() => server.stop());

  it('a silent link is noticed within the session timeout, and the operation in flight is unknown', async () => {
    const link = await open();
    link.proxy.blackHole();
    const askedAt = performance.now();
    expect(await failure(link.coordinator.sync())).toBe('UNKNOWN');
    expect(performance.now() - askedAt).toBeLessThan(SESSION_MS);
    expect(link.coordinator.state).toBe('suspended');
  });

  it('a silent link is noticed also when nobody asks anything', async () => {
    const link = await open();
    const before = performance.now();
    link.proxy.blackHole();
    await suspended(link);
    expect(performance.now() - before).toBeLessThan(SESSION_MS);
  });

  it('a silent hand-shake is broken off and tried again', async () => {
    const link = await openProxiedCoordinator(server, SESSION_MS);
    links.push(link);
    link.proxy.blackHole();
    await eventually('a hand-shake', 5000, () => (link.proxy.connections > 0 ? true : undefined));
    const { accepted } = link.proxy;
    // Still silent. Nothing but a time limit of its own ends this hand-shake and begins another.
    await eventually('another hand-shake', 10_000, () => (link.proxy.accepted > accepted ? true : undefined));
    link.proxy.resume();
    link.proxy.cut();
    await connected(link.coordinator);
  });

  it('a paused link that comes back in time costs nothing', async () => {
    const link = await open();
    link.proxy.pause();
    const asked = link.coordinator.exists('/');
    await new Promise((resolve) => setTimeout(resolve, 200));
    link.proxy.resume();
    expect(await asked).toBe(true);
    expect(link.coordinator).toMatchObject({ state: 'connected', generation: 1 });
  });

  it.each([1, 3, 4, 10, 21, 30])(
    'a frame cut off after %i bytes does not poison the next connection',
    async (length) => {
      const link = await open();
      const path = `/half-${length}`;
      await link.coordinator.create(path, bytes('x'.repeat(100)), 'ephemeral');
      const dropped = link.proxy.cutAfterAnswerBytes(length);
      expect(await failure(link.coordinator.get(path))).toBe('UNKNOWN');
      await dropped;
      await connected(link.coordinator, 1);
      expect((await link.coordinator.get(path))?.data.length).toBe(100);
    },
  );

  it.each([1, 4, 20])('a hand-shake cut off after %i bytes does not either', async (length) => {
    const link = await open();
    const dropped = link.proxy.cutAfterAnswerBytes(length);
    // Whatever is answered first: the rest of this connection, or the hand-shake of the next.
    link.proxy.cut();
    await dropped;
    await connected(link.coordinator, 1);
    expect(await link.coordinator.exists('/')).toBe(true);
  });

  it('nothing is sent later that was asked for without a link', async () => {
    const link = await open();
    link.proxy.refuse();
    await suspended(link);
    expect(await failure(link.coordinator.create('/queued', bytes(''), 'persistent'))).toBe('NOT_CONNECTED');
    link.proxy.resume();
    await connected(link.coordinator, 1);
    await link.coordinator.sync();
    expect(await link.coordinator.exists('/queued')).toBe(false);
  });

  it('every operation in flight is settled when the session ends', async () => {
    const link = await open();
    link.proxy.pause();
    const open1 = failure(link.coordinator.sync());
    const open2 = failure(link.coordinator.get('/'));
    link.coordinator.renewSession(1, 'test');
    expect(await Promise.all([open1, open2])).toEqual(['UNKNOWN', 'UNKNOWN']);
  });

  it('watches survive a cut of the link', async () => {
    const link = await open();
    const other = await open();
    let calls = 0;
    expect(await link.coordinator.exists('/watched', () => calls++)).toBe(false);
    link.proxy.refuse();
    await suspended(link);
    await other.coordinator.create('/watched', bytes(''), 'ephemeral');
    link.proxy.resume();
    await eventually('the watch', 10_000, () => (calls === 1 ? true : undefined));
  });

  it('closing while the link is down still ends the session at once when the link comes back', async () => {
    const link = await open();
    const { sessionId } = link.coordinator;
    link.proxy.refuse();
    await suspended(link);
    const closing = link.coordinator.close();
    link.proxy.resume();
    await closing;
    expect(await server.hasSession(sessionId ?? '')).toBe(false);
  });

  it('numbers of 64 bits arrive whole', async () => {
    const { coordinator } = await open();
    await coordinator.create('/number', bytes(''), 'ephemeral');
    const found = await coordinator.get('/number');
    expect(found!.czxid).toBeGreaterThan(0n);
    expect(found!.owner).toMatch(/^0x[0-9a-f]{16}$/);
  });

  it('the negotiated timeout is told, not the one asked for', async () => {
    const environment = nodeEnvironment();
    const coordinator = new ZooKeeperCoordinator({ connect: server.connect, sessionTimeoutMs: 10, environment });
    await connected(coordinator);
    expect(coordinator.sessionTimeoutMs).toBe(1000);
    await coordinator.close();
  });

  it('a dead server of an ensemble is passed over', async () => {
    const environment = nodeEnvironment();
    const dead = await freePort();
    const connect = `127.0.0.1:${dead},${server.connect}`;
    const coordinator = new ZooKeeperCoordinator({ connect, sessionTimeoutMs: SESSION_MS, environment });
    await connected(coordinator);
    await coordinator.close();
  });

  it('an answer it does not understand ends the session, not the process', async () => {
    const strange = await startStrangeServer();
    const { port } = strange.address() as AddressInfo;
    const environment = nodeEnvironment();
    const connect = `127.0.0.1:${port}`;
    const coordinator = new ZooKeeperCoordinator({ connect, sessionTimeoutMs: SESSION_MS, environment });
    await connected(coordinator);
    const ended = new Promise<void>((resolve) => {
      coordinator.onSession((state) => {
        if (state === 'expired') resolve();
      });
    });
    expect(await failure(coordinator.set('/', bytes('x'), 0))).toBe('UNKNOWN');
    await ended;
    await connected(coordinator, 2);
    await coordinator.close();
    strange.close();
  });

  it('a server that lost its data is followed in a new session', async () => {
    const first = await startZooKeeper();
    const environment = nodeEnvironment();
    const { port, connect } = first;
    const coordinator = new ZooKeeperCoordinator({ connect, sessionTimeoutMs: 1000, environment });
    await connected(coordinator);
    for (let i = 0; i < 5; i++) await coordinator.sync();
    await first.stop();
    const second = await startZooKeeper({ port });
    await connected(coordinator, 2);
    await coordinator.close();
    await second.stop();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Opens sessions as ZooKeeper does, and refuses every request with an error code that no client knows. */
async function startStrangeServer(): Promise<Server> {
  const server = createServer((socket) => {
    let isOpen = false;
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      if (!isOpen) {
        isOpen = true;
        const answer = Buffer.alloc(4 + 4 + 4 + 8 + 4 + 16);
        answer.writeInt32BE(answer.length - 4, 0);
        answer.writeInt32BE(SESSION_MS, 8);
        answer.writeBigInt64BE(0x1234n, 12);
        answer.writeInt32BE(16, 20);
        socket.write(answer);
        return;
      }
      const answer = Buffer.alloc(4 + 4 + 8 + 4);
      answer.writeInt32BE(16, 0);
      answer.writeInt32BE(request.readInt32BE(4), 4);
      answer.writeInt32BE(-999, 16);
      socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
