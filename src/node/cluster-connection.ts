import { Leadership } from '../coordination/leadership.js';
import { LocalCoordinator } from '../coordination/local/local-coordinator.js';
import { ZooKeeperCoordinator } from '../coordination/zookeeper/zookeeper-coordinator.js';
import type { Environment } from '../env/environment.js';
import type { Settings } from '../settings/definitions.js';
import type { Candidate, ClusterConnection, LeadershipEvents } from './leadership-port.js';

/** Connects to ZooKeeper when the settings name one; otherwise the node coordinates with itself and leads at once. */
export function connectCluster(
  settings: Settings,
  environment: Environment,
  clusterId: string | undefined,
): Promise<ClusterConnection> {
  const { zooKeeper } = settings;
  const isAlone = zooKeeper.host === '';
  const coordinator = isAlone
    ? new LocalCoordinator()
    : new ZooKeeperCoordinator({
        connect: connectString(zooKeeper.host, zooKeeper.port),
        sessionTimeoutMs: zooKeeper.sessionTimeout,
        environment,
      });
  let entered: Leadership | undefined;
  return Promise.resolve({
    kind: coordinator.kind,
    // A node alone is a new cluster of its own at every start: nothing to remember, nothing to match.
    get clusterId() {
      return isAlone ? undefined : entered?.clusterId;
    },
    enter(candidate: Candidate, lowestEpoch: number, handlers: LeadershipEvents): Leadership {
      const known = isAlone ? undefined : (entered?.clusterId ?? clusterId);
      const shared = { coordinator, root: zooKeeper.root, environment, lowestEpoch, handlers };
      entered = new Leadership({ ...shared, node: candidate, clusterId: known });
      return entered;
    },
    close: () => coordinator.close(),
  });
}

/** `h1,h2:2182` with the port of the settings where none is given. */
export function connectString(hosts: string, port: number): string {
  return hosts
    .split(',')
    .map((host) => (host.includes(':') ? host : `${host}:${port}`))
    .join(',');
}
