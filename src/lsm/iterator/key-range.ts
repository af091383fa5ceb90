import { compareBytes, copyOf, prefixEnd } from '../../base/bytes.js';
import { CoreCacheError } from '../../base/errors.js';

/** Bounds of a scan, as callers give them. A prefix and bounds may be combined: the result is what fits all. */
export interface RangeOptions {
  readonly gt?: Uint8Array | undefined;
  readonly gte?: Uint8Array | undefined;
  readonly lt?: Uint8Array | undefined;
  readonly lte?: Uint8Array | undefined;
  readonly prefix?: Uint8Array | undefined;
}

/** Keys from `start` (included) to `end` (excluded); `undefined` is without bound. */
export interface KeyRange {
  readonly start: Uint8Array | undefined;
  readonly end: Uint8Array | undefined;
}

export const EVERY_KEY: KeyRange = { start: undefined, end: undefined };

/**
 * Brings every way to say a range into the one half-open form: the successor of a key is the key with a zero byte after.
 * @throws CoreCacheError `INVALID_ARGUMENT` when both `gt` and `gte`, or both `lt` and `lte`, are given
 */
export function toKeyRange(options: RangeOptions): KeyRange {
  if (options.gt !== undefined && options.gte !== undefined) throw bothGiven('gt', 'gte');
  if (options.lt !== undefined && options.lte !== undefined) throw bothGiven('lt', 'lte');
  let start = options.gte ?? (options.gt && successor(options.gt));
  let end = options.lt ?? (options.lte && successor(options.lte));
  if (options.prefix !== undefined) {
    if (start === undefined || compareBytes(options.prefix, start) > 0) start = options.prefix;
    const last = prefixEnd(options.prefix);
    if (last !== undefined && (end === undefined || compareBytes(last, end) < 0)) end = last;
  }
  return { start, end };
}

export function isEmptyRange(range: KeyRange): boolean {
  return range.start !== undefined && range.end !== undefined && compareBytes(range.start, range.end) >= 0;
}

/** With bytes of its own. */
export function copyOfRange({ start, end }: KeyRange): KeyRange {
  return { start: start && copyOf(start, 0, start.length), end: end && copyOf(end, 0, end.length) };
}

/** The first key after `key`. */
export function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function bothGiven(a: string, b: string): CoreCacheError {
  return new CoreCacheError('INVALID_ARGUMENT', `a range takes ${a} or ${b}, not both`);
}
