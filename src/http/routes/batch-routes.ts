import { requireDuration } from '../../base/duration.js';
import { CoreCacheError } from '../../base/errors.js';
import type { BatchAnswer } from '../../protocol/rest-bodies.js';
import { textEncodings, textToBytes, type TextEncoding } from '../../protocol/text-encoding.js';
import { formatEtag, parseEtag } from '../../protocol/version-tag.js';
import type { VersionCondition, WriteOperation } from '../../store/operations.js';
import { checkedContentType } from '../content-type.js';
import type { Exchange } from '../exchange.js';
import { optionalText, parseJsonObject, requireObject, requireText, type JsonObject } from './json-body.js';
import { checkedKey } from './key-of.js';
import { replyJson } from '../reply.js';
import { withBody } from '../request-body.js';
import type { Route } from '../route.js';

const PUT_FIELDS = ['type', 'key', 'value', 'ttl', 'contentType', 'ifMatch', 'ifNoneMatch'];
const DELETE_FIELDS = ['type', 'key', 'ifMatch'];
const REPORT_REPLACED = { reportReplaced: true } as const;

async function batch(exchange: Exchange): Promise<void> {
  exchange.query([]);
  const { services, term } = exchange;
  await withBody(exchange, services.settings.limits.requestBytesMax, 'REQUEST_TOO_LARGE', async (body) => {
    const result = await services.store.write(term, operationsIn(exchange, body), REPORT_REPLACED);
    const results = (result.replaced ?? []).map((version) => ({ replaced: version !== undefined }));
    replyJson(exchange, 200, { etag: formatEtag(result), results } satisfies BatchAnswer);
  });
}

function operationsIn(exchange: Exchange, body: Uint8Array): WriteOperation[] {
  const { operations, ...rest } = parseJsonObject(body, ['operations', 'encoding']);
  const encoding = encodingIn(rest);
  const { batchOperationsMax } = exchange.services.settings.limits;
  if (!Array.isArray(operations) || operations.length === 0) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'body: operations is not a list of at least one operation');
  }
  if (operations.length > batchOperationsMax) {
    throw new CoreCacheError(
      'REQUEST_TOO_LARGE',
      `the batch has ${operations.length} operations; ${batchOperationsMax} are allowed`,
      { data: { limit: batchOperationsMax } },
    );
  }
  return operations.map((operation: unknown, index) =>
    operationOf(exchange, operation, `operations[${index}]`, encoding),
  );
}

function operationOf(exchange: Exchange, given: unknown, what: string, encoding: TextEncoding): WriteOperation {
  const fields = requireObject(given, what, PUT_FIELDS);
  const type = requireText(fields, 'type', what);
  if (type !== 'put' && type !== 'delete') {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: type is ${type}; expected put or delete`);
  }
  const key = checkedKey(exchange, textToBytes(requireText(fields, 'key', what), encoding, `${what}.key`));
  if (type === 'delete') {
    requireObject(given, what, DELETE_FIELDS);
    const wanted = conditionIn(fields, what);
    return { type, key, ifVersion: wanted };
  }
  const ttl = optionalText(fields, 'ttl', what);
  return {
    type,
    key,
    value: textToBytes(requireText(fields, 'value', what), encoding, `${what}.value`),
    ttlMs: ttl === undefined ? undefined : requireDuration(ttl, `${what}.ttl`),
    contentType: checkedContentType(optionalText(fields, 'contentType', what), what),
    ifVersion: conditionIn(fields, what),
  };
}

function encodingIn(fields: JsonObject): TextEncoding {
  const given = optionalText(fields, 'encoding', 'body') ?? 'utf8';
  const encoding = textEncodings.find((name) => name === given);
  if (encoding === undefined) {
    throw new CoreCacheError('INVALID_ARGUMENT', `body: encoding is ${given}; expected ${textEncodings.join(' or ')}`);
  }
  return encoding;
}

/** An ETag is taken with or without its quotes: in JSON they would have to be escaped. */
function conditionIn(fields: JsonObject, what: string): VersionCondition | undefined {
  const ifMatch = optionalText(fields, 'ifMatch', what);
  const ifNoneMatch = optionalText(fields, 'ifNoneMatch', what);
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== '*' || ifMatch !== undefined) {
      throw new CoreCacheError('INVALID_ARGUMENT', `${what}: ifNoneMatch takes only *, and not together with ifMatch`);
    }
    return 'absent';
  }
  if (ifMatch === undefined) return undefined;
  if (ifMatch === '*') return 'present';
  const version = parseEtag(ifMatch.startsWith('"') ? ifMatch : `"${ifMatch}"`);
  if (version === undefined) throw new CoreCacheError('INVALID_ARGUMENT', `${what}: ifMatch is not an ETag`);
  return version;
}

export const batchRoutes: readonly Route[] = [
  {
    operation: 'batch',
    method: 'POST',
    path: '/v1/batch',
    summary: 'Write several values at once: all or, when one condition fails, none',
    body: {
      mediaType: 'application/json',
      schema: {
        type: 'object',
        required: ['operations'],
        properties: {
          encoding: { type: 'string', enum: textEncodings, default: 'utf8' },
          operations: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['type', 'key'],
              properties: {
                type: { type: 'string', enum: ['put', 'delete'] },
                key: { type: 'string' },
                value: { type: 'string' },
                ttl: { type: 'string' },
                contentType: { type: 'string' },
                ifMatch: { type: 'string' },
                ifNoneMatch: { type: 'string', enum: ['*'] },
              },
            },
          },
        },
      },
    },
    answers: { 200: 'All was written, under one ETag' },
    byLeader: true,
    handle: batch,
  },
];
