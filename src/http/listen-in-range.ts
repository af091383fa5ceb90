import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assert } from '../base/assert.js';
import { CoreCacheError, messageOf } from '../base/errors.js';
import type { PortRange } from '../settings/setting-kinds.js';

/**
 * Listens on the first free port of the range and returns it. Two nodes that start at once cannot take the same one: taking
 * a port is one step of the kernel.
 *
 * @throws CoreCacheError `SETTINGS` when all are taken, or the host is not one of this machine's
 */
export async function listenInRange(server: Server, host: string, { first, last }: PortRange): Promise<number> {
  for (let port = first; port <= last; port++) {
    try {
      server.listen({ host, port });
      await once(server, 'listening');
      return portOf(server.address());
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const isTaken = code === 'EADDRINUSE' || code === 'EACCES';
      if (isTaken && port < last) continue;
      throw new CoreCacheError('SETTINGS', `server.port: ${describe(host, first, last)}: ${messageOf(error)}`, {
        cause: error,
        data: { host, first, last },
      });
    }
  }
  throw new CoreCacheError('SETTINGS', `server.port: ${describe(host, first, last)}: the range is empty`);
}

function describe(host: string, first: number, last: number): string {
  return first === last ? `cannot listen on ${host}:${first}` : `no free port on ${host} from ${first} to ${last}`;
}

function portOf(address: AddressInfo | string | null): number {
  assert(address !== null && typeof address === 'object', 'a server that listens on TCP has a port');
  return address.port;
}
