import { CoreCacheError } from '../base/errors.js';
import type { Settings } from '../settings/definitions.js';

/** Addresses that mean "all of this machine": good for listening, useless for reaching. */
const wildcards = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/**
 * Where clients and other nodes reach this node.
 * @throws CoreCacheError `SETTINGS` when the node is to be in a cluster and nobody says under which address
 */
export function advertisedUrl({ server, zooKeeper }: Settings, port: number): string {
  const loopback = wildcards.get(server.host);
  if (server.advertisedHost === '' && loopback !== undefined && zooKeeper.host !== '') {
    throw new CoreCacheError(
      'SETTINGS',
      `server.host is ${server.host}, at which no other node can reach this one; set server.advertisedHost`,
    );
  }
  const host = server.advertisedHost === '' ? (loopback ?? server.host) : server.advertisedHost;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
