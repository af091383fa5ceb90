import { CoreCacheError, isCoreCacheError } from '../../base/errors.js';
import type { OriginalRecord } from '../../protocol/rest-bodies.js';
import { textToBytes, utf8TextOf } from '../../protocol/text-encoding.js';
import type { StoredEntry } from '../../store/operations.js';
import type { Exchange } from '../exchange.js';
import { parseJsonObject, requireText } from './json-body.js';
import { checkedKey, keyInQuery, keyNotFound } from './key-of.js';
import { replyJson } from '../reply.js';
import { withBody } from '../request-body.js';
import type { ParameterNote, Route } from '../route.js';

/** A delete that returns what it deleted competes with other writers of the key; this many times it tries again. */
const DELETE_ATTEMPTS_MAX = 16;

async function add(exchange: Exchange): Promise<void> {
  exchange.query([]);
  const { services, term } = exchange;
  await withBody(exchange, services.settings.limits.requestBytesMax, 'REQUEST_TOO_LARGE', async (body) => {
    const fields = parseJsonObject(body, ['key', 'value']);
    const key = requireText(fields, 'key', 'body');
    const value = requireText(fields, 'value', 'body');
    const keyBytes = checkedKey(exchange, textToBytes(key, 'utf8', 'key'));
    const operation = { type: 'put', key: keyBytes, value: textToBytes(value, 'utf8', 'value') } as const;
    const timestamp = services.environment.clock.now();
    await services.store.write(term, [operation], {});
    replyJson(exchange, 200, { key, value, timestamp, deleted: false } satisfies OriginalRecord);
  });
}

async function get(exchange: Exchange): Promise<void> {
  const entry = await exchange.services.store.getEntry(exchange.term, keyInQuery(exchange));
  if (entry === undefined) throw keyNotFound();
  replyJson(exchange, 200, recordOf(entry, false));
}

async function remove(exchange: Exchange): Promise<void> {
  const key = keyInQuery(exchange);
  const { store } = exchange.services;
  for (let attempt = 0; attempt < DELETE_ATTEMPTS_MAX; attempt++) {
    const entry = await store.getEntry(exchange.term, key);
    if (entry === undefined) throw keyNotFound();
    const record = recordOf(entry, true);
    try {
      await store.write(exchange.term, [{ type: 'delete', key, ifVersion: entry }], {});
    } catch (error) {
      if (isCoreCacheError(error, 'CONDITION_FAILED')) continue;
      throw error;
    }
    replyJson(exchange, 200, record);
    return;
  }
  throw new CoreCacheError('CONFLICT', 'the key is being written too often to be deleted now; try again');
}

function recordOf(entry: StoredEntry, deleted: boolean): OriginalRecord {
  const key = utf8TextOf(entry.key);
  const value = utf8TextOf(entry.value);
  if (key === undefined || value === undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'key or value is not UTF-8; use /v1/kv');
  }
  return { key, value, timestamp: entry.writtenAtMs, deleted };
}

const keyParameter: ParameterNote = { name: 'key', in: 'query', description: 'The key' };

export const originalRoutes: readonly Route[] = [
  {
    operation: 'original_add',
    method: 'POST',
    path: '/add/',
    summary: 'Write a value (original call)',
    body: {
      mediaType: 'application/json',
      schema: {
        type: 'object',
        required: ['key', 'value'],
        properties: { key: { type: 'string' }, value: { type: 'string' } },
      },
    },
    answers: { 200: 'The record' },
    byLeader: true,
    isOriginal: true,
    handle: add,
  },
  {
    operation: 'original_get',
    method: 'GET',
    path: '/get/',
    summary: 'Read a value (original call)',
    parameters: [keyParameter],
    answers: { 200: 'The record' },
    byLeader: true,
    isOriginal: true,
    handle: get,
  },
  {
    operation: 'original_delete',
    method: 'POST',
    path: '/delete/',
    summary: 'Delete a value (original call)',
    parameters: [keyParameter],
    answers: { 200: 'The record that was deleted' },
    byLeader: true,
    isOriginal: true,
    handle: remove,
  },
];
