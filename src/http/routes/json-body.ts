import { CoreCacheError } from '../../base/errors.js';
import { utf8TextOf } from '../../protocol/text-encoding.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws CoreCacheError `INVALID_ARGUMENT` unless the body is one JSON object in UTF-8 with no field besides `allowed` */
export function parseJsonObject(body: Uint8Array, allowed: readonly string[]): JsonObject {
  const text = utf8TextOf(body);
  if (text === undefined) throw invalid('body: not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CoreCacheError('INVALID_ARGUMENT', 'body: not JSON', { cause: error });
  }
  return requireObject(value, 'body', allowed);
}

/** @throws CoreCacheError `INVALID_ARGUMENT` naming `what`, and what is allowed */
export function requireObject(value: unknown, what: string, allowed: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what}: not an object`);
  for (const name of Object.keys(value)) {
    if (!allowed.includes(name)) throw invalid(`${what}: unknown field ${name}; allowed: ${allowed.join(', ')}`);
  }
  return value as JsonObject;
}

export function requireText(object: JsonObject, name: string, what: string): string {
  const text = optionalText(object, name, what);
  if (text === undefined) throw invalid(`${what}: ${name} is missing`);
  return text;
}

export function optionalText(object: JsonObject, name: string, what: string): string | undefined {
  const value = object[name];
  if (value !== undefined && typeof value !== 'string') throw invalid(`${what}: ${name} is not text`);
  return value;
}

function invalid(message: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', message);
}
