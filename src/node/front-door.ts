import type { Environment } from '../env/environment.js';
import type { ClusterBody, HealthBody, StatusBody } from '../protocol/rest-bodies.js';
import type { Settings } from '../settings/definitions.js';
import type { Forwarder } from './forwarder.js';
import type { LeaderGate } from './leader-gate.js';
import type { LeaderStore } from './leader-store.js';
import type { Maintenance } from './maintenance.js';

/** What a node offers to the doors through which requests come. */
export interface NodeServices {
  readonly nodeId: string;
  readonly settings: Settings;
  readonly environment: Environment;
  /** Who answers a request: this node or another. */
  readonly gate: LeaderGate;
  /** Reads and writes as the leader. */
  readonly store: LeaderStore;
  readonly forwarder: Forwarder;
  readonly maintenance: Maintenance;
  status(): StatusBody;
  cluster(): ClusterBody;
  health(): HealthBody;
}

/** A way into the node, such as HTTP. The layer above the node brings it. */
export interface FrontDoor {
  /** Listens. @throws CoreCacheError `SETTINGS` when no port that the settings allow is free */
  open(services: NodeServices): Promise<OpenDoor>;
}

export interface OpenDoor {
  /** The port listened on. */
  readonly port: number;
  /** Takes no more requests, answers those in flight, and cuts off what is left after `graceMs`. */
  close(graceMs: number): Promise<void>;
}
