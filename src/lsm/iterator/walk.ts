import type { KeyRange } from './key-range.js';

/** What a cursor is made for. */
export interface Walk extends KeyRange {
  /**
   * Of a walk whose values are handed out: cursors may show them in memory that nobody else has. Such a walk goes one way,
   * and to no entry twice, for who is given a value may write to it.
   */
  readonly handOut?: HandOut | undefined;
}

/** How far a walk has got in handing out values. */
export class HandOut {
  /** Entries shown to be taken so far; counted by who decides what is shown, of all cursors of the walk together. */
  count = 0;
}
