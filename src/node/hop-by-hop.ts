import type { IncomingHttpHeaders } from 'node:http';

/** Headers that are about one connection, not about the message (RFC 9110, section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // The first server answers it.
  'expect',
]);

/**
 * Raw headers (name, value, name, value …) without those of the connection, those that `Connection` names, and `also`.
 * `Content-Length` stays, whoever names it: without it the bytes of a body would be read as the next request.
 */
export function withoutHopByHop(raw: readonly string[], headers: IncomingHttpHeaders, also?: string): string[] {
  const named = headers.connection?.toLowerCase().split(/\s*,\s*/) ?? [];
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const lower = name.toLowerCase();
    const isOfConnection = hopByHop.has(lower) || (named.includes(lower) && lower !== 'content-length');
    if (isOfConnection || lower === also) continue;
    kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}
