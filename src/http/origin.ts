import type { IncomingMessage } from 'node:http';
import { CoreCacheError } from '../base/errors.js';
import { FORWARDED_BY_HEADER } from '../protocol/header-names.js';

/**
 * Keeps pages of other sites from changing anything. A browser lets any page send a form or a simple POST to any address
 * it can reach, a node on loopback included, and says from where in `Origin` (RFC 6454); programs do not send it. A request
 * that another node forwarded was looked at there, and names that node as its host; no page can send its header, because
 * a browser would first ask this server, which does not allow it.
 *
 * @throws CoreCacheError `FORBIDDEN` for a request that may change something, from a page of another host
 */
export function refuseOtherOrigins({ method, headers }: IncomingMessage): void {
  const { origin, host } = headers;
  if (origin === undefined || method === 'GET' || method === 'HEAD') return;
  if (headers[FORWARDED_BY_HEADER] !== undefined || isOfHost(origin, host ?? '')) return;
  throw new CoreCacheError(
    'FORBIDDEN',
    `the Origin ${origin} is another than this server; pages of other sites may not change anything`,
  );
}

/** Compared as URLs: the port of the scheme may be left out on either side. */
function isOfHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  const here = `${from.protocol}//${host}`;
  return from.host !== '' && URL.canParse(here) && new URL(here).host === from.host;
}
