import { equalRanges } from '../../base/bytes.js';
import { Entry, Operation, isExpired } from '../entry.js';
import { copyKey } from '../iterator/copy-entry.js';
import { KeyPresence } from './key-presence.js';
import type { KeySpan } from './key-span.js';

/** What becomes of one version. */
export const Fate = { keep: 0, drop: 1, keepAsTombstone: 2 } as const;
export type Fate = (typeof Fate)[keyof typeof Fate];

/**
 * Decides, version by version in (key, newest first) order, what a merge leaves out.
 *
 * **Shadowed versions.** The snapshots held divide sequences into strata: up to the first snapshot, from there to the
 * second, …, after the last one. A reader, at a snapshot or at the present, sees of each key the newest version of its
 * stratum or of an older one. So of the versions in one stratum all but the newest can be seen by nobody. A snapshot taken
 * while the merge runs is at or above every sequence in it (its inputs were sealed before), and so reads the newest.
 *
 * **Tombstones.** One that is dropped must not let an older version show again. Older versions can be in this merge, or
 * below. It may go only when it is in the first stratum (so every older version in this merge is shadowed by it and goes
 * too) and when no table below may hold the key. That the inputs are complete in between is the chooser's part: no table
 * outside the merge that is between it and `older` holds the key.
 *
 * **Expired values** are tombstones. One that has to stay for what it hides stays without its value. Time does not go back
 * for readers, and is not held by snapshots, so nobody misses it.
 */
export class Retention {
  readonly #snapshots: readonly number[];
  readonly #nowMs: number;
  readonly #presence: KeyPresence | undefined;
  /** Holds the key of the version seen last. */
  readonly #last = new Entry();
  #isFirst = true;
  /** Stratum of the version of the key seen last. */
  #stratum = 0;
  /** True when the version seen last is the first of its key. */
  isNewKey = true;

  constructor(snapshots: readonly number[], nowMs: number, older: readonly (readonly KeySpan[])[] | undefined) {
    this.#snapshots = snapshots;
    this.#nowMs = nowMs;
    this.#presence = older && new KeyPresence(older);
  }

  fateOf(entry: Entry): Fate {
    const { keyBytes, keyStart, keyEnd, keyShared } = entry;
    const stratum = this.#stratumOf(entry.sequence);
    const last = this.#last;
    this.isNewKey =
      this.#isFirst || !equalRanges(last.keyBytes, last.keyStart, last.keyEnd, keyBytes, keyStart, keyEnd);
    if (this.isNewKey) {
      copyKey(entry, last, this.#isFirst ? 0 : keyShared);
      this.#isFirst = false;
    } else if (stratum === this.#stratum) {
      return Fate.drop;
    }
    this.#stratum = stratum;
    const hasEnded = entry.operation === Operation.put && isExpired(entry, this.#nowMs);
    if (entry.operation !== Operation.delete && !hasEnded) return Fate.keep;
    if (stratum === 0 && this.#presence?.mayHold(keyBytes.subarray(keyStart, keyEnd)) === false) return Fate.drop;
    return hasEnded ? Fate.keepAsTombstone : Fate.keep;
  }

  /** How many snapshots are older than the version. */
  #stratumOf(sequence: number): number {
    const snapshots = this.#snapshots;
    let low = 0;
    let high = snapshots.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (snapshots[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
