import type { Epoch } from '../base/numbers.js';

export interface PeerAddress {
  readonly nodeId: string;
  readonly url: string;
}

export interface LeadershipView {
  readonly role: 'leader' | 'follower' | 'none';
  readonly epoch: number;
  readonly leader: PeerAddress | undefined;
  readonly coordinatorState: string;
  readonly nodes: readonly { readonly nodeId: string; readonly url: string; readonly version: string }[];
}

/** What the node needs of a leadership. `Leadership` of the coordination layer is one. */
export interface LeadershipPort {
  start(): Promise<void>;
  /** Leaves the election first, so that another node leads at once. */
  stop(): Promise<void>;
  status(): LeadershipView;
  /** True only for a leader within its lease. Cheap: asked several times a request. */
  holdsLease(): boolean;
}

export interface LeadershipEvents {
  takeUp(epoch: Epoch): Promise<void>;
  layDown(): void;
}

/** What a node says of itself when it enters the election. */
export interface Candidate {
  readonly nodeId: string;
  readonly storeUuid: string;
  readonly bootId: string;
  readonly url: string;
  readonly version: string;
}

/** The connection to a cluster, or to none: then this node leads it alone. */
export interface ClusterConnection {
  readonly kind: 'local' | 'zookeeper';
  /** Known once a leadership has started; undefined before. */
  readonly clusterId: string | undefined;
  /** @param lowestEpoch the epoch on disk: a new leadership has a higher one */
  enter(candidate: Candidate, lowestEpoch: number, events: LeadershipEvents): LeadershipPort;
  close(): Promise<void>;
}
