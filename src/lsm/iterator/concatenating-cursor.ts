import type { Cursor } from './cursor.js';

/** A table of a sorted run: what `ConcatenatingCursor` needs of it. */
export interface RunMember {
  readonly firstKey: Uint8Array;
  readonly lastKey: Uint8Array;
  cursor(): Cursor;
}

/** Over members in key order that share no key. At most one child is open at a time. */
export declare class ConcatenatingCursor {
  constructor(members: readonly RunMember[]);
}
export declare interface ConcatenatingCursor extends Cursor {}
