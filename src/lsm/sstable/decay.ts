import { NEVER_EXPIRES, Operation, type Entry } from '../entry.js';

/**
 * What of a table may be dropped, and when: by this a compaction knows that it pays to write the table anew. An entry is
 * dead when a newer version in the table covers it, when it is a tombstone, or when its value has ended. Whether a snapshot
 * still reads it is not asked here.
 */
export interface Decay {
  /** The least sequence of a version that covers an older one of its key; 0 when none does. */
  readonly leastCoveringSequence: number;
  /** When half of the entries are dead, in milliseconds since 1970: 1 when they were from the beginning, 0 for never. */
  readonly halfDeadAtMs: number;
  /** Length of the longest row of entries that are covered or tombstones: what a scan has to step over. */
  readonly longestDeadRow: number;
}

const FROM_THE_BEGINNING = 1;
const NEVER = 0;

/** Watches the entries of a table go by, in their order. */
export class DecayCounter {
  #entryCount = 0;
  #deadCount = 0;
  #row = 0;
  #longestRow = 0;
  #leastCovering = Infinity;
  /** Sequence of the entry before. */
  #lastSequence = 0;
  readonly #expiries: number[] = [];

  add({ sequence, operation, expiresAtMs }: Entry, isSameKey: boolean): void {
    this.#entryCount++;
    if (isSameKey) this.#leastCovering = Math.min(this.#leastCovering, this.#lastSequence);
    this.#lastSequence = sequence;
    if (isSameKey || operation === Operation.delete) {
      this.#deadCount++;
      if (++this.#row > this.#longestRow) this.#longestRow = this.#row;
      return;
    }
    this.#row = 0;
    if (expiresAtMs !== NEVER_EXPIRES) this.#expiries.push(expiresAtMs);
  }

  /** `undefined` when there is nothing that may ever be dropped soon. */
  finish(): Decay | undefined {
    const leastCoveringSequence = this.#leastCovering === Infinity ? 0 : this.#leastCovering;
    const halfDeadAtMs = this.#halfDeadAtMs();
    const longestDeadRow = this.#longestRow;
    if (halfDeadAtMs === NEVER && longestDeadRow === 0) return undefined;
    return { leastCoveringSequence, halfDeadAtMs, longestDeadRow };
  }

  #halfDeadAtMs(): number {
    const missing = Math.ceil(this.#entryCount / 2) - this.#deadCount;
    if (missing <= 0) return FROM_THE_BEGINNING;
    if (missing > this.#expiries.length) return NEVER;
    return Float64Array.from(this.#expiries).sort()[missing - 1]!;
  }
}
