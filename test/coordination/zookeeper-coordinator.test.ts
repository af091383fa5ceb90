import { describeCoordinator } from '../conformance/coordinator.js';
import { openProxiedCoordinator, type ProxiedCoordinator } from '../support/proxied-coordinator.js';
import { startZooKeeper } from '../support/zookeeper-server.js';

describeCoordinator('ZooKeeper', async () => {
  const server = await startZooKeeper();
  const links: ProxiedCoordinator[] = [];
  return {
    open: async () => {
      const link = await openProxiedCoordinator(server);
      links.push(link);
      return link.coordinator;
    },
    expire: async (coordinator) => links.find((link) => link.coordinator === coordinator)?.expire(),
    close: async () => {
      await Promise.all(links.map((link) => link.close()));
      await server.stop();
    },
  };
});
