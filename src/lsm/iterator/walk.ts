import type { KeyRange } from './key-range.js';

/** What a cursor is made for. */
export interface Walk extends KeyRange {
  /**
   * Values that it shows are handed out: it may show them in memory that nobody else has. Such a walk goes one way, and
   * to no entry twice, for who is given a value may write to it.
   */
  readonly takesValues?: boolean;
}
