import type { Environment } from '../env/environment.js';
import type { Settings } from '../settings/definitions.js';
import { Database } from '../store/database.js';
import { connectCluster } from './cluster-connection.js';
import { databaseOptionsOf } from './database-settings.js';
import type { NodeStore } from './key-value-store.js';
import type { ClusterConnection } from './leadership-port.js';

/** What a node is put together from; a test may bring its own. */
export interface NodeParts {
  /** Opens the store in the data directory, and locks it. */
  openStore(settings: Settings, environment: Environment): Promise<NodeStore>;
  /** @param clusterId the cluster that the data belongs to; undefined when it was in none */
  connect(settings: Settings, environment: Environment, clusterId: string | undefined): Promise<ClusterConnection>;
}

export const realParts: NodeParts = {
  openStore: (settings, environment) =>
    Database.open(settings.node.dataDirectory, { ...databaseOptionsOf(settings), environment }),
  connect: connectCluster,
};
