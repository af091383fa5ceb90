import type { Epoch } from '../base/numbers.js';
import type { Environment } from '../env/environment.js';
import type { Coordinator, SessionState } from './coordinator.js';

/** What a node says of itself. */
export interface NodeDescription {
  readonly nodeId: string;
  /** Of its data directory, for ever. */
  readonly storeUuid: string;
  /** Of this process. */
  readonly bootId: string;
  readonly url: string;
  readonly version: string;
}

/** How a node is told of its role. */
export interface LeadershipHandlers {
  /**
   * This node leads, with this epoch: higher than any it or another had before. It counts as leader once the promise has
   * resolved. When it rejects, the node goes to the end of the election.
   */
  takeUp(epoch: Epoch): Promise<void>;
  /**
   * This node leads no longer. May come while `takeUp` is under way, and then comes a second time when that has settled;
   * the next `takeUp` waits for it.
   */
  layDown(): void;
  /** Something in `status()` is new. */
  changed?(): void;
}

export interface LeadershipStatus {
  readonly role: 'leader' | 'follower' | 'none';
  /** Of the leadership in force, as far as is known; 0 when none is. */
  readonly epoch: number;
  readonly leader: { readonly nodeId: string; readonly url: string } | undefined;
  readonly coordinatorState: SessionState;
  readonly nodes: readonly { readonly nodeId: string; readonly url: string; readonly version: string }[];
}

export interface LeadershipOptions {
  readonly coordinator: Coordinator;
  /** Path under which everything of this cluster lies: `/corecache`. */
  readonly root: string;
  readonly node: NodeDescription;
  /** The cluster that the data directory belongs to; undefined when it was in none. */
  readonly clusterId?: string | undefined;
  /** The epoch on disk: a new leadership has a higher one. */
  readonly lowestEpoch: number;
  readonly environment: Environment;
  readonly handlers: LeadershipHandlers;
}

/** A node's part in its cluster: it registers, stands for election, and knows who leads. */
export declare class Leadership {
  constructor(options: LeadershipOptions);
  /** Known from `start` on; to be remembered in the data directory. */
  get clusterId(): string | undefined;
  /**
   * Resolves when this node is registered and in the election, and has taken up leadership if it is first.
   *
   * @throws CoreCacheError `CLUSTER_MISMATCH` when the data belongs to another cluster, or another node has this id;
   *   `NEWER_FORMAT`; `COORDINATION` when no session could be had in time
   */
  start(): Promise<void>;
  /** Leaves the election first, so that another leads at once. Leaves the coordinator open. */
  stop(): Promise<void>;
  status(): LeadershipStatus;
  /** True only for a leader within its lease. Cheap: asked at every request. */
  holdsLease(): boolean;
}
