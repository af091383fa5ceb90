import { isCoreCacheError } from '../../base/errors.js';
import { parseDuration, DURATION_FORM } from '../../base/duration.js';
import type { ScannedEntry } from '../../client/client-types.js';
import {
  bytesToText,
  textEncodings,
  textToBytes,
  utf8TextOf,
  type TextEncoding,
} from '../../protocol/text-encoding.js';
import { RefusedRecord, type LoadRecord } from './record.js';

/**
 * One JSON object a line:
 *
 *     {"key":"greeting","value":"hello"}
 *     {"key":"/w==","value":"AAE=","encoding":"base64","expiresAt":1790000000000,"contentType":"image/png"}
 *
 * `encoding` is of key and value, UTF-8 when absent. `ttl` (such as "30s", counted from the load) may stand instead of
 * `expiresAt` (milliseconds since 1970). `etag` and `writtenAt`, which a scan shows, are passed over.
 */
const FIELDS = ['key', 'value', 'encoding', 'ttl', 'expiresAt', 'contentType', 'etag', 'writtenAt'];

/** `undefined` for a blank line. @throws RefusedRecord */
export function parseJsonLine(line: Uint8Array): LoadRecord | undefined {
  const text = utf8TextOf(line);
  if (text === undefined) throw new RefusedRecord('the line is not UTF-8');
  if (text.trim() === '') return undefined;
  const fields = parseObject(text);
  const unknown = Object.keys(fields).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw new RefusedRecord(`unknown field ${unknown}; expected ${FIELDS.join(', ')}`);
  const encoding = encodingOf(fields['encoding']);
  const key = bytesOf(fields, 'key', encoding);
  if (key.length === 0) throw new RefusedRecord('key is empty');
  const value = bytesOf(fields, 'value', encoding);
  const contentType = fields['contentType'];
  if (contentType !== undefined && typeof contentType !== 'string') throw new RefusedRecord('contentType is not text');
  return { key, value, ...lifetimeOf(fields), ...(contentType === undefined ? undefined : { contentType }) };
}

export function formatJsonLine(entry: ScannedEntry, { keysOnly = false } = {}): Uint8Array {
  const key = utf8TextOf(entry.key);
  const value = keysOnly ? '' : utf8TextOf(entry.value);
  const isText = key !== undefined && value !== undefined;
  const shown = {
    key: isText ? key : bytesToText(entry.key, 'base64'),
    ...(keysOnly ? undefined : { value: isText ? value : bytesToText(entry.value, 'base64') }),
    ...(isText ? undefined : { encoding: 'base64' }),
    ...(entry.expiresAtMs === undefined ? undefined : { expiresAt: entry.expiresAtMs }),
    ...(entry.contentType === undefined ? undefined : { contentType: entry.contentType }),
  };
  return Buffer.from(`${JSON.stringify(shown)}\n`);
}

function parseObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new RefusedRecord(`not JSON: ${error instanceof Error ? error.message : ''}`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new RefusedRecord('not a JSON object');
  }
  return parsed as Record<string, unknown>;
}

function encodingOf(given: unknown): TextEncoding {
  const encoding = given === undefined ? 'utf8' : textEncodings.find((name) => name === given);
  if (encoding === undefined) throw new RefusedRecord(`encoding is not ${textEncodings.join(' or ')}`);
  return encoding;
}

function bytesOf(fields: Record<string, unknown>, name: string, encoding: TextEncoding): Uint8Array {
  const text = fields[name];
  if (typeof text !== 'string')
    throw new RefusedRecord(text === undefined ? `${name} is missing` : `${name} is not text`);
  try {
    return textToBytes(text, encoding, name);
  } catch (error) {
    if (!isCoreCacheError(error)) throw error;
    throw new RefusedRecord(error.message, { cause: error });
  }
}

function lifetimeOf({ ttl, expiresAt }: Record<string, unknown>): Pick<LoadRecord, 'ttlMs' | 'expiresAtMs'> {
  if (ttl !== undefined && expiresAt !== undefined) throw new RefusedRecord('ttl and expiresAt exclude each other');
  if (ttl !== undefined) {
    const ttlMs = typeof ttl === 'string' ? parseDuration(ttl) : undefined;
    if (ttlMs === undefined || ttlMs === 0) throw new RefusedRecord(`ttl is not ${DURATION_FORM}`);
    return { ttlMs };
  }
  if (expiresAt === undefined) return {};
  if (!Number.isSafeInteger(expiresAt) || Number(expiresAt) <= 0) {
    throw new RefusedRecord('expiresAt is not a number of milliseconds since 1970');
  }
  return { expiresAtMs: Number(expiresAt) };
}
