import { compareBytes } from '../../base/bytes.js';
import { CoreCacheError } from '../../base/errors.js';
import type { ScanBody } from '../../protocol/rest-bodies.js';
import { decodeScanCursor, encodeScanCursor } from '../../protocol/scan-cursor.js';
import { textEncodings } from '../../protocol/text-encoding.js';
import type { ScanOptions } from '../../store/operations.js';
import type { Exchange } from '../exchange.js';
import type { QueryParameters } from './query-parameters.js';
import { replyBytes } from '../reply.js';
import type { Route } from '../route.js';
import { scanItemText, type ItemForm } from './scan-item.js';
import { NDJSON_TYPE, streamScan } from './scan-stream.js';

const PARAMETERS = ['prefix', 'start', 'end', 'limit', 'cursor', 'reverse', 'keysOnly', 'encoding', 'consistency'];
/** Entries between two chances for other requests to be served. */
const ITEMS_PER_TURN = 256;

async function scan(exchange: Exchange): Promise<void> {
  const query = exchange.query(PARAMETERS);
  query.choice('consistency', ['linearizable', 'session', 'stale']);
  const reverse = query.flag('reverse');
  const keysOnly = query.flag('keysOnly');
  const range = { ...rangeOf(query, reverse), keysOnly };
  const form: ItemForm = {
    keysOnly,
    encoding: query.choice('encoding', textEncodings) ?? 'utf8',
  };
  if (wantsLines(exchange)) {
    await streamScan(exchange, range, query.count('limit', Number.MAX_SAFE_INTEGER), form);
    return;
  }
  const { scanItemsDefault, scanItemsMax } = exchange.services.settings.limits;
  await replyPage(exchange, range, query.count('limit', scanItemsMax) ?? scanItemsDefault, form);
}

/**
 * One page: at most `limit` items and, but for its last item, at most the bytes that the settings allow. One entry more is
 * read than is returned, because a cursor is given only when there is something behind it.
 */
async function replyPage(exchange: Exchange, range: ScanOptions, limit: number, form: ItemForm): Promise<void> {
  const { services, term } = exchange;
  const { scanBytesMax } = services.settings.limits;
  const texts: string[] = [];
  let bytes = 0;
  let lastKey: Uint8Array | undefined;
  let cursor: string | undefined;
  for await (const entry of services.store.scanEntries(term, { ...range, limit: limit + 1 })) {
    if (lastKey !== undefined && (texts.length === limit || bytes >= scanBytesMax)) {
      cursor = encodeScanCursor({ lastKey, reverse: range.reverse === true });
      break;
    }
    const text = scanItemText(entry, form);
    texts.push(text);
    bytes += text.length;
    lastKey = entry.key;
    if (texts.length % ITEMS_PER_TURN === 0) await services.environment.clock.nextTurn();
  }
  services.gate.requireTerm(term);
  const end = cursor === undefined ? '' : `,"cursor":${JSON.stringify(cursor satisfies ScanBody['cursor'])}`;
  const body = `{"items":[${texts.join(',')}]${end}}`;
  replyBytes(exchange, 200, ['Content-Type', 'application/json; charset=utf-8'], body);
}

/** The range that prefix, start, end and cursor leave together. */
function rangeOf(query: QueryParameters, reverse: boolean): ScanOptions {
  const start = query.bytes('start');
  const end = query.bytes('end');
  const shared = { prefix: query.bytes('prefix'), reverse };
  const text = query.text('cursor');
  if (text === undefined) return { ...shared, gte: start, lt: end };
  const cursor = decodeScanCursor(text);
  if (cursor.reverse !== reverse) {
    throw new CoreCacheError(
      'INVALID_ARGUMENT',
      'cursor: it is of a scan in the other direction; keep reverse as it was',
    );
  }
  if (reverse) return { ...shared, gte: start, lt: end === undefined ? cursor.lastKey : lesser(end, cursor.lastKey) };
  const startsLater = start !== undefined && compareBytes(start, cursor.lastKey) > 0;
  return startsLater ? { ...shared, gte: start, lt: end } : { ...shared, gt: cursor.lastKey, lt: end };
}

function lesser(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? a : b;
}

function wantsLines(exchange: Exchange): boolean {
  return exchange.request.headers.accept?.includes(NDJSON_TYPE) === true;
}

export const scanRoutes: readonly Route[] = [
  {
    operation: 'scan',
    method: 'GET',
    path: '/v1/kv',
    summary: 'List entries in key order, as one JSON page or, with Accept: application/x-ndjson, as a stream of lines',
    parameters: [
      { name: 'prefix', in: 'query', description: 'Only keys that begin with these bytes' },
      { name: 'start', in: 'query', description: 'First key, included' },
      { name: 'end', in: 'query', description: 'Last key, excluded' },
      { name: 'limit', in: 'query', description: 'Most items', schema: { type: 'integer', minimum: 1 } },
      { name: 'cursor', in: 'query', description: 'Go on where an earlier page ended; keep the other parameters' },
      { name: 'reverse', in: 'query', description: 'Last key first', schema: { type: 'boolean' } },
      { name: 'keysOnly', in: 'query', description: 'Leave the values out', schema: { type: 'boolean' } },
      {
        name: 'encoding',
        in: 'query',
        description: 'How keys and values stand in the answer',
        schema: { type: 'string', enum: textEncodings, default: 'utf8' },
      },
      { name: 'consistency', in: 'query', description: 'As for a read' },
    ],
    answers: { 200: 'Items, and a cursor when there are more' },
    byLeader: true,
    handle: scan,
  },
];
