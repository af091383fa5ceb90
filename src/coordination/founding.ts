import { CoreCacheError } from '../base/errors.js';
import type { Randomness } from '../env/randomness.js';
import type { ClusterPaths } from './cluster-paths.js';
import { reasonOf, type Coordinator, type Znode } from './coordinator.js';
import { decodeClusterConfig, decodeClusterIdentity, encodeContent, type ClusterConfig } from './znode-content.js';

/** Version of what lies in the coordinator's tree. */
const FORMAT_VERSION = 1;

/** One partition, kept by its leader: what a cluster is as long as its nodes hold no replicas. */
const CONFIG: ClusterConfig = { partitions: 1, replicationFactor: 1, minInSync: 1, hash: 'murmur3-x86-32' };

/**
 * Finds the cluster under a root, or founds it there, and returns its id. `remembered` is the cluster that the data
 * directory belongs to: a root without a cluster is founded with it, so that a lost ZooKeeper can be replaced. May be
 * repeated after any failure, and be done by several nodes at once: the first one founds, the others find.
 *
 * @throws CoreCacheError `CLUSTER_MISMATCH` when the root belongs to another cluster, or to one of another shape;
 *   `NEWER_FORMAT`; `COORDINATION`
 */
export async function findOrFoundCluster(
  coordinator: Coordinator,
  paths: ClusterPaths,
  remembered: string | undefined,
  randomness: Randomness,
): Promise<string> {
  for (const folder of paths.folders) await createUnlessThere(coordinator, folder, new Uint8Array(0));
  const founding = { clusterId: remembered ?? randomness.uuid(), formatVersion: FORMAT_VERSION };
  const identity = decodeClusterIdentity(
    paths.id,
    (await createUnlessThere(coordinator, paths.id, encodeContent(founding))).data,
  );
  if (identity.formatVersion > FORMAT_VERSION) {
    throw new CoreCacheError(
      'NEWER_FORMAT',
      `the cluster at ${paths.root} has format ${identity.formatVersion}; this program knows up to ${FORMAT_VERSION}`,
    );
  }
  const { clusterId } = identity;
  if (remembered !== undefined && clusterId !== remembered) {
    throw new CoreCacheError(
      'CLUSTER_MISMATCH',
      `the data directory belongs to cluster ${remembered}, but at ${paths.root} is cluster ${clusterId}; ` +
        'use the ZooKeeper and the root of its own cluster, or an empty data directory',
      { data: { clusterId, remembered } },
    );
  }
  const { data } = await createUnlessThere(coordinator, paths.config, encodeContent(CONFIG));
  const config = decodeClusterConfig(paths.config, data);
  if (config.partitions !== CONFIG.partitions || config.hash !== CONFIG.hash) {
    throw new CoreCacheError(
      'CLUSTER_MISMATCH',
      `the cluster at ${paths.root} has ${config.partitions} partitions by ${config.hash}; ` +
        `this program serves ${CONFIG.partitions} by ${CONFIG.hash}`,
    );
  }
  await createUnlessThere(coordinator, paths.controllerEpoch, encodeContent({ epoch: 0, node: '', incarnation: '0' }));
  return clusterId;
}

/** Asks first: writes go through the quorum, and a cluster is founded once but found often. */
async function createUnlessThere(coordinator: Coordinator, path: string, data: Uint8Array): Promise<Znode> {
  for (;;) {
    const found = await coordinator.get(path);
    if (found !== undefined) return found;
    try {
      await coordinator.create(path, data, 'persistent');
    } catch (error) {
      if (reasonOf(error) !== 'NODE_EXISTS') throw error;
    }
  }
}
