import { copyOf, emptyBytes } from '../../base/bytes.js';
import type { Entry } from '../entry.js';
import { successor } from '../iterator/key-range.js';
import type { DeadStretch } from './dead-stretch.js';
import type { Gap, Moment } from './gap.js';
import type { KnownGaps } from './known-gaps.js';

/**
 * What one iterator has to do with the gaps of its tree: it asks for one to leap over when a seek or a walk comes into it,
 * and reports what it has found dead.
 *
 * A stretch without anything to show begins at the key sought, at the far end of a gap that was leapt over, or, after an
 * entry that was shown, wherever the walk looks about for the first time. It ends with the next entry that is shown, or at
 * the end of the range.
 */
export class GapWalk {
  /** True from a seek or a look until an entry is shown. */
  isBegun = false;
  readonly #gaps: KnownGaps;
  readonly #moment: Moment;
  /** Where the stretch began, when a seek began it. */
  #edge: Uint8Array | undefined = undefined;
  #stretch: DeadStretch | undefined = undefined;

  constructor(gaps: KnownGaps, moment: Moment) {
    this.#gaps = gaps;
    this.#moment = moment;
  }

  /** The gap that a seek to `key` leads into. */
  seekForward(key: Uint8Array | undefined): Gap | undefined {
    const edge = key === undefined ? emptyBytes() : copyOf(key, 0, key.length);
    const gap = this.#gaps.around(edge, this.#moment);
    this.#begin(edge);
    if (gap?.end !== undefined) this.#stretch = this.#gaps.beginStretch(gap.end, true, this.#moment);
    return gap;
  }

  /** The gap that a seek to the last key before `key` leads into; `undefined` is the last of all. */
  seekBackward(key: Uint8Array | undefined): Gap | undefined {
    const edge = key && copyOf(key, 0, key.length);
    const gap = this.#gaps.before(edge, this.#moment);
    this.#begin(edge);
    if (gap !== undefined) this.#stretch = this.#gaps.beginStretch(gap.start, false, this.#moment);
    return gap;
  }

  /** Many entries have been passed, and the walk has come to this one. The gap that it is in. */
  lookForward({ keyBytes, keyStart, keyEnd }: Entry): Gap | undefined {
    const key = copyOf(keyBytes, keyStart, keyEnd);
    if (!this.isBegun) this.#begin(key);
    this.#stretch ??= this.#gaps.beginStretch(this.#edge, true, this.#moment);
    return this.#gaps.around(key, this.#moment);
  }

  /** As `lookForward`, going backward: no key after that of the entry is shown. */
  lookBackward({ keyBytes, keyStart, keyEnd }: Entry): Gap | undefined {
    const key = keyBytes.subarray(keyStart, keyEnd);
    if (!this.isBegun) this.#begin(successor(key));
    this.#stretch ??= this.#gaps.beginStretch(this.#edge, false, this.#moment);
    return this.#gaps.around(key, this.#moment);
  }

  /** Nothing before this entry is shown, going forward. */
  passedForward({ keyBytes, keyStart, keyEnd }: Entry): void {
    this.#stretch?.reach(copyOf(keyBytes, keyStart, keyEnd));
  }

  /** Nothing after the key of this entry is shown, going backward. */
  passedBackward({ keyBytes, keyStart, keyEnd }: Entry): void {
    this.#stretch?.reach(successor(keyBytes.subarray(keyStart, keyEnd)));
  }

  /** Nothing is shown up to `key`, the end of the range this way, which may be none. */
  passedRange(key: Uint8Array | undefined): void {
    this.#stretch?.reach(key);
    this.end();
  }

  /** An entry is shown, or nobody walks any more. */
  end(): void {
    this.isBegun = false;
    this.#stretch?.close();
    this.#stretch = undefined;
  }

  #begin(edge: Uint8Array | undefined): void {
    this.end();
    this.isBegun = true;
    this.#edge = edge;
  }
}
