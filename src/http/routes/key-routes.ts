import { CoreCacheError, isCoreCacheError } from '../../base/errors.js';
import { requireDuration } from '../../base/duration.js';
import { EXPIRES_HEADER, SESSION_HEADER, writtenName } from '../../protocol/header-names.js';
import { httpDate } from '../../protocol/http-date.js';
import { parseSessionToken } from '../../protocol/session-token.js';
import { formatEtag } from '../../protocol/version-tag.js';
import type { StoredEntry } from '../../store/operations.js';
import { judgeRead, writeConditionOf } from './conditions.js';
import { contentTypeOf } from '../content-type.js';
import type { Exchange } from '../exchange.js';
import { keyInPath, keyNotFound } from './key-of.js';
import { replyBytes, replyEmpty, type HeaderList } from '../reply.js';
import { withBody } from '../request-body.js';
import type { ParameterNote, Route } from '../route.js';

const REPORT_REPLACED = { reportReplaced: true } as const;

const keyParameter: ParameterNote = {
  name: 'key',
  in: 'path',
  description: 'The key as one percent-encoded path segment: any bytes, %2F and %00 included',
};
const consistencyParameter: ParameterNote = {
  name: 'consistency',
  in: 'query',
  description: 'How fresh the value must be',
  schema: { type: 'string', enum: ['linearizable', 'session', 'stale'], default: 'linearizable' },
};
const ifMatchParameter: ParameterNote = {
  name: 'If-Match',
  in: 'header',
  description: 'Only when the present version has this ETag; * for any version',
};

async function get(exchange: Exchange): Promise<void> {
  const entry = await read(exchange);
  const verdict = judgeRead(exchange, entry);
  if (verdict === 'condition failed') throw conditionFailed(entry);
  const headers = headersOf(entry);
  if (verdict === 'not modified') replyEmpty(exchange, 304, headers);
  else replyBytes(exchange, 200, headers, entry.value);
}

async function read(exchange: Exchange): Promise<StoredEntry> {
  const key = keyInPath(exchange);
  checkConsistency(exchange);
  const entry = await exchange.services.store.getEntry(exchange.term, key);
  if (entry === undefined) throw keyNotFound();
  return entry;
}

/** Every level of consistency is served by the leader as long as the data is on the leader only. */
function checkConsistency(exchange: Exchange): void {
  exchange.query(['consistency']).choice('consistency', ['linearizable', 'session', 'stale']);
  const token = exchange.header(SESSION_HEADER);
  if (token !== undefined) parseSessionToken(token);
}

async function put(exchange: Exchange): Promise<void> {
  const key = keyInPath(exchange);
  const ttl = exchange.query(['ttl']).text('ttl');
  const ttlMs = ttl === undefined ? undefined : requireDuration(ttl, 'ttl');
  const ifVersion = writeConditionOf(exchange);
  const contentType = exchange.header('content-type');
  const { services, term } = exchange;
  await withBody(exchange, services.settings.limits.valueBytesMax, 'VALUE_TOO_LARGE', async (value) => {
    const operation = { type: 'put', key, value, ttlMs, contentType, ifVersion } as const;
    const result = await services.store.write(term, [operation], REPORT_REPLACED);
    replyEmpty(exchange, result.replaced?.[0] === undefined ? 201 : 204, [
      'ETag',
      formatEtag(result),
      ...noContent(result.replaced?.[0]),
    ]);
  });
}

/** 201 has a body, here an empty one; 204 must not have a Content-Length (RFC 9110, section 8.6). */
function noContent(replaced: unknown): HeaderList {
  return replaced === undefined ? ['Content-Length', 0] : [];
}

async function remove(exchange: Exchange): Promise<void> {
  const key = keyInPath(exchange);
  exchange.query([]);
  const wanted = writeConditionOf(exchange);
  if (wanted === 'absent') throw new CoreCacheError('INVALID_ARGUMENT', 'If-None-Match has no meaning on a delete');
  try {
    const operation = { type: 'delete', key, ifVersion: wanted ?? 'present' } as const;
    const result = await exchange.services.store.write(exchange.term, [operation], {});
    replyEmpty(exchange, 204, ['ETag', formatEtag(result)]);
  } catch (error) {
    const isAbsent = isCoreCacheError(error, 'CONDITION_FAILED') && error.data['currentSequence'] === null;
    throw isAbsent && (wanted === undefined || wanted === 'present') ? keyNotFound() : error;
  }
}

function headersOf(entry: StoredEntry): HeaderList {
  const headers: HeaderList = [
    'Content-Type',
    contentTypeOf(entry.contentType),
    'ETag',
    formatEtag(entry),
    'Last-Modified',
    httpDate(entry.writtenAtMs),
    // A stored value is data, whatever it says it is: no browser may run it as a page of this server.
    'X-Content-Type-Options',
    'nosniff',
    'Content-Security-Policy',
    'sandbox',
  ];
  if (entry.expiresAtMs !== 0) headers.push(writtenName(EXPIRES_HEADER), httpDate(entry.expiresAtMs));
  return headers;
}

function conditionFailed(entry: StoredEntry): CoreCacheError {
  return new CoreCacheError(
    'CONDITION_FAILED',
    `the key has version ${formatEtag(entry)}, which If-Match does not name`,
    {
      data: { currentEpoch: entry.epoch, currentSequence: entry.sequence },
    },
  );
}

export const keyRoutes: readonly Route[] = [
  {
    operation: 'get',
    method: 'GET',
    path: '/v1/kv/{key}',
    summary: 'Read a value',
    parameters: [
      keyParameter,
      consistencyParameter,
      ifMatchParameter,
      ifNoneMatch('Answer 304 when the ETag is still this one'),
    ],
    answers: { 200: 'The value, under the content type it was stored with', 304: 'Not modified' },
    byLeader: true,
    handle: get,
  },
  {
    operation: 'head',
    method: 'HEAD',
    path: '/v1/kv/{key}',
    summary: 'Read what is known of a value, without the value',
    parameters: [keyParameter, consistencyParameter, ifMatchParameter],
    answers: { 200: 'The headers of GET' },
    byLeader: true,
    handle: get,
  },
  {
    operation: 'put',
    method: 'PUT',
    path: '/v1/kv/{key}',
    summary: 'Write a value',
    parameters: [
      keyParameter,
      { name: 'ttl', in: 'query', description: 'The value ends after this time, such as 30s, 5m or 1d' },
      ifMatchParameter,
      ifNoneMatch('*: create, but do not replace'),
    ],
    body: { mediaType: '*/*', schema: { type: 'string', format: 'binary' } },
    answers: { 201: 'Created', 204: 'Replaced' },
    byLeader: true,
    handle: put,
  },
  {
    operation: 'delete',
    method: 'DELETE',
    path: '/v1/kv/{key}',
    summary: 'Delete a value',
    parameters: [keyParameter, ifMatchParameter],
    answers: { 204: 'Deleted' },
    byLeader: true,
    handle: remove,
  },
];

function ifNoneMatch(description: string): ParameterNote {
  return { name: 'If-None-Match', in: 'header', description };
}
