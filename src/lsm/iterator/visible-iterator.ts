import type { Cursor } from './cursor.js';
import type { KeyRange } from './key-range.js';

/**
 * What a reader sees: of each key in the range its newest version at or below `atSequence`, unless that is a tombstone or
 * has expired at `nowMs`. Steps like a cursor; owns and closes `source`.
 */
export declare class VisibleIterator {
  constructor(source: Cursor, range: KeyRange, atSequence: number, nowMs: number);
}
export declare interface VisibleIterator extends Cursor {}
