import { compareBytes, compareRanges, emptyBytes } from '../../base/bytes.js';
import { successor } from '../iterator/key-range.js';

/** Who is told what a stretch has found, and when it has ended. */
export interface StretchOwner {
  readonly record: (start: Uint8Array, end: Uint8Array | undefined) => void;
  readonly closed: () => void;
}

/**
 * A walk that shows nothing, while it goes on. It knows up to where nothing has been put since its moment, in the
 * direction in which it goes: the nearest key put there. What it has passed up to that key is a gap; of what lies beyond it
 * can say nothing.
 */
export class DeadStretch {
  readonly #isForward: boolean;
  readonly #owner: StretchOwner;
  /** Nothing has been put from `#start` (included) to `#end` (excluded; `undefined`: without end). */
  #start: Uint8Array;
  #end: Uint8Array | undefined;

  constructor(edge: Uint8Array | undefined, isForward: boolean, owner: StretchOwner) {
    this.#isForward = isForward;
    this.#owner = owner;
    this.#start = isForward ? (edge ?? emptyBytes()) : emptyBytes();
    this.#end = isForward ? undefined : edge;
  }

  /** A put. */
  notice(keyBytes: Uint8Array, keyStart: number, keyEnd: number): void {
    const start = this.#start;
    const end = this.#end;
    if (compareRanges(start, 0, start.length, keyBytes, keyStart, keyEnd) > 0) return;
    if (end !== undefined && compareRanges(end, 0, end.length, keyBytes, keyStart, keyEnd) <= 0) return;
    const key = Uint8Array.from(keyBytes.subarray(keyStart, keyEnd));
    if (this.#isForward) this.#end = key;
    else this.#start = successor(key);
  }

  /**
   * The walk has shown nothing yet before `key` when forward, from it on when backward; `undefined` is the last, or the
   * first, key there can be. The bytes are kept and must not change.
   */
  reach(key: Uint8Array | undefined): void {
    let start = this.#start;
    let end = this.#end;
    if (this.#isForward) {
      if (key !== undefined && (end === undefined || compareBytes(key, end) < 0)) end = key;
    } else if (key !== undefined && compareBytes(key, start) > 0) start = key;
    if (end === undefined || compareBytes(start, end) < 0) this.#owner.record(start, end);
  }

  close(): void {
    this.#owner.closed();
  }
}
