import { LocalCoordinator } from '../../src/coordination/local/local-coordinator.js';
import { ZnodeTree } from '../../src/coordination/local/znode-tree.js';
import { describeCoordinator } from '../conformance/coordinator.js';

describeCoordinator('local', () => {
  const tree = new ZnodeTree();
  return Promise.resolve({
    open: () => Promise.resolve(new LocalCoordinator(tree)),
    expire: (coordinator) => {
      if (coordinator instanceof LocalCoordinator) coordinator.expire();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});
