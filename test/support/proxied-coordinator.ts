import { ZooKeeperCoordinator } from '../../src/coordination/zookeeper/zookeeper-coordinator.js';
import { nodeEnvironment } from '../../src/env/node-environment.js';
import { eventually } from './eventually.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
import type { ZooKeeperServer } from './zookeeper-server.js';

/** A ZooKeeper coordinator with a link of its own, which a test can harm. */
export interface ProxiedCoordinator {
  readonly coordinator: ZooKeeperCoordinator;
  readonly proxy: TcpProxy;
  /** Keeps the link silent until the server has ended the session. */
  expire(): Promise<void>;
  close(): Promise<void>;
}

export async function openProxiedCoordinator(
  server: ZooKeeperServer,
  sessionTimeoutMs = 2000,
): Promise<ProxiedCoordinator> {
  const proxy = await startTcpProxy(server.port);
  const environment = nodeEnvironment();
  const coordinator = new ZooKeeperCoordinator({ connect: proxy.connect, sessionTimeoutMs, environment });
  return {
    coordinator,
    proxy,
    expire: async () => {
      const { sessionId } = coordinator;
      if (sessionId === undefined) throw new Error('there is no session to end');
      proxy.blackHole();
      await eventually('the end of the session', 20_000, async () =>
        (await server.hasSession(sessionId)) ? undefined : true,
      );
      proxy.resume();
      proxy.cut();
    },
    close: async () => {
      await coordinator.close();
      await proxy.close();
    },
  };
}
