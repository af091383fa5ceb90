/** A sequence whose view of the tree is kept. */
export interface TreeSnapshot {
  readonly sequence: number;
  /** Once is enough; more does nothing. */
  release(): void;
}

/** The snapshots held, which flush and compaction must not take the ground from. */
export class SnapshotList {
  readonly #holders = new Map<number, number>();
  readonly #onOldestReleased: () => void;

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
    return Math.min(Infinity, ...this.#holders.keys());
  }

  /** Rising, each once. */
  sequences(): number[] {
    return [...this.#holders.keys()].sort((a, b) => a - b);
  }

  take(sequence: number): TreeSnapshot {
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
