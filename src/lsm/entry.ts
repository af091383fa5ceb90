import { assert } from '../base/assert.js';
import { copyOf, emptyBytes, viewOf } from '../base/bytes.js';

/** What an entry does to its key. The numbers are on disk and never change; the gaps are for operations to come. */
export const Operation = { put: 0, delete: 1 } as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/**
 * Where the value of an entry is:
 *  - `inline`: in the window;
 *  - `separate`: in a value file; the window shows the reference (`value-file/value-reference.ts`);
 *  - `own`: in the window, in memory that nobody else has: `takeValue` hands it out uncopied.
 */
export const ValuePlace = { inline: 0, separate: 1, own: 2 } as const;
export type ValuePlace = (typeof ValuePlace)[keyof typeof ValuePlace];

/** `expiresAtMs` of an entry that does not expire. */
export const NEVER_EXPIRES = 0;

/**
 * One version of one key, as every cursor and every point read shows it. Entries are ordered by (key ascending,
 * sequence descending): the newest version of a key comes first.
 *
 * It is a window, not a value: the bytes belong to a memtable, a block or a cursor's scratch buffer, and the whole object
 * is refilled by the next move of its owner. Copy what must outlive that (`copyOf`). One class for every source keeps
 * property access monomorphic in the hot loops, which measured three times faster than an interface with getters.
 */
export class Entry {
  keyBytes: Uint8Array = emptyBytes();
  keyStart = 0;
  keyEnd = 0;
  /**
   * Of a cursor's entry: so many first bytes of the key are known to be those of the entry that the cursor showed before
   * its last move. 0 says nothing, and is always right.
   */
  keyShared = 0;
  sequence = 0;
  epoch = 0;
  operation: Operation = Operation.put;
  /** When the write was accepted, in milliseconds since 1970. */
  writtenAtMs = 0;
  /** When the value ends, in milliseconds since 1970, or `NEVER_EXPIRES`. */
  expiresAtMs = NEVER_EXPIRES;
  /** Media type stored with the value; empty when none was given. */
  contentType = '';
  valueBytes: Uint8Array = emptyBytes();
  valueStart = 0;
  valueEnd = 0;
  valuePlace: ValuePlace = ValuePlace.inline;
}

/** True when the key has no value at `nowMs` by this entry: a delete, or a value that has ended. */
export function isAbsent(entry: Entry, nowMs: number): boolean {
  return entry.operation === Operation.delete || isExpired(entry, nowMs);
}

export function isExpired(entry: Entry, nowMs: number): boolean {
  return entry.expiresAtMs !== NEVER_EXPIRES && entry.expiresAtMs <= nowMs;
}

/** The value in memory that is the caller's own. It has been loaded. */
export function takeValue({ valueBytes, valueStart, valueEnd, valuePlace }: Entry): Uint8Array {
  assert(valuePlace !== ValuePlace.separate, 'a value is loaded before it is taken');
  if (valuePlace !== ValuePlace.own) return copyOf(valueBytes, valueStart, valueEnd);
  return valueEnd - valueStart === valueBytes.length ? valueBytes : viewOf(valueBytes, valueStart, valueEnd);
}
