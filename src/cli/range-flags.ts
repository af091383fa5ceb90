import { CoreCacheError } from '../base/errors.js';
import type { ClientScanOptions } from '../client/client-types.js';
import { parseBytes, type ByteEncoding } from './byte-text.js';
import type { Flags } from './command.js';

export const rangeFlags = {
  prefix: { type: 'string', requiresArg: true, describe: 'Only keys that begin with this' },
  start: { type: 'string', requiresArg: true, describe: 'First key, included' },
  end: { type: 'string', requiresArg: true, describe: 'Last key, excluded' },
  limit: { type: 'string', requiresArg: true, describe: 'Most entries' },
} as const satisfies Flags;

interface RangeValues {
  readonly prefix?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly limit?: string | undefined;
}

/** @throws CoreCacheError `INVALID_ARGUMENT` */
export function toRange({ prefix, start, end, limit }: RangeValues, encoding: ByteEncoding): ClientScanOptions {
  return {
    prefix: prefix === undefined ? undefined : parseBytes(prefix, encoding, '--prefix'),
    start: start === undefined ? undefined : parseBytes(start, encoding, '--start'),
    end: end === undefined ? undefined : parseBytes(end, encoding, '--end'),
    limit: limit === undefined ? undefined : toCount(limit, '--limit'),
  };
}

/** @throws CoreCacheError `INVALID_ARGUMENT` unless it is a whole number of at least 1 */
export function toCount(text: string, what: string, max = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) {
    throw new CoreCacheError('INVALID_ARGUMENT', `${what}: ${text} is not a whole number from 1 to ${max}`);
  }
  return value;
}
