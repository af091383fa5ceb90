import { assert } from '../../base/assert.js';

/** A sequence whose view of the tree is kept. */
export interface TreeSnapshot {
  readonly sequence: number;
  /** Once is enough; more does nothing. */
  release(): void;
}

/** The snapshots held, which flush and compaction must not take the ground from. */
export class SnapshotList {
  /** In rising order: a snapshot is taken at the last sequence, which does not fall. */
  readonly #holders = new Map<number, number>();
  readonly #onOldestReleased: () => void;
  #newest = 0;

  /** @param onOldestReleased called when more may be dropped than before */
  constructor(onOldestReleased: () => void) {
    this.#onOldestReleased = onOldestReleased;
  }

  get count(): number {
    let count = 0;
    for (const holders of this.#holders.values()) count += holders;
    return count;
  }

  /** `Infinity` when there is none. */
  get oldest(): number {
    const [oldest = Infinity] = this.#holders.keys();
    return oldest;
  }

  /** Rising, each once. */
  sequences(): number[] {
    return [...this.#holders.keys()];
  }

  take(sequence: number): TreeSnapshot {
    assert(sequence >= this.#newest, 'snapshots are taken at rising sequences');
    this.#newest = sequence;
    this.#holders.set(sequence, (this.#holders.get(sequence) ?? 0) + 1);
    let isHeld = true;
    return {
      sequence,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#release(sequence);
      },
    };
  }

  #release(sequence: number): void {
    const wasOldest = sequence === this.oldest;
    const holders = this.#holders.get(sequence)! - 1;
    if (holders > 0) {
      this.#holders.set(sequence, holders);
      return;
    }
    this.#holders.delete(sequence);
    if (wasOldest) this.#onOldestReleased();
  }
}
