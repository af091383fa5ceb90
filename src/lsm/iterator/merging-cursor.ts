import type { Cursor } from './cursor.js';

/** Of equal (key, sequence), that of the earlier child comes first. */
export declare class MergingCursor {
  constructor(children: readonly Cursor[]);
}
export declare interface MergingCursor extends Cursor {}
