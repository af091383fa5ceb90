import { PRODUCT_VERSION } from '../base/product-version.js';
import type { ClusterBody, StatusBody, StorageState } from '../protocol/rest-bodies.js';
import type { LeadershipView } from './leadership-port.js';
import type { NodeIdentity } from './node-identity.js';

/** The whole key space is one partition until there are several. */
const ONLY_PARTITION = 0;

interface NodeFacts {
  readonly identity: NodeIdentity;
  readonly url: string;
  readonly storeUuid: string;
  readonly storage: StorageState;
  /** `undefined` while the node is in no election. */
  readonly view: LeadershipView | undefined;
  /** The node may answer as leader at this moment: its epoch is on disk and its lease holds. */
  readonly leads: boolean;
  readonly uptimeMs: number;
  readonly engine: unknown;
}

export function statusBodyOf(facts: NodeFacts): StatusBody {
  const { identity, url, storeUuid, storage, view, leads, uptimeMs, engine } = facts;
  const role = view === undefined || (view.role === 'leader' && !leads) ? 'none' : view.role;
  const epoch = view?.epoch ?? 0;
  const leader = view?.leader ?? null;
  return {
    nodeId: identity.nodeId,
    version: PRODUCT_VERSION,
    url,
    role,
    epoch,
    leader,
    clusterId: identity.clusterId,
    storeUuid,
    storage,
    uptimeMs,
    partitions: [{ partition: ONLY_PARTITION, role, epoch, leader }],
    engine,
  };
}

/** A node that runs alone is the cluster. */
export function clusterBodyOf(
  identity: NodeIdentity,
  kind: 'local' | 'zookeeper',
  view: LeadershipView | undefined,
  self: ClusterBody['nodes'][number],
): ClusterBody {
  return {
    clusterId: identity.clusterId,
    coordination: { kind, state: view?.coordinatorState ?? 'connecting' },
    epoch: view?.epoch ?? 0,
    leader: view?.leader ?? null,
    nodes: kind === 'local' ? [self] : (view?.nodes ?? []),
  };
}
