/** How long a job that may write so many bytes a second has to pause. */
export class Pace {
  readonly #bytesPerSecondMax: number;
  readonly #startMs: number;

  /** @param bytesPerSecondMax 0 for no limit */
  constructor(bytesPerSecondMax: number, nowMs: number) {
    this.#bytesPerSecondMax = bytesPerSecondMax;
    this.#startMs = nowMs;
  }

  /** Milliseconds to wait now, `bytesWritten` after the start. */
  pauseMs(bytesWritten: number, nowMs: number): number {
    if (this.#bytesPerSecondMax === 0) return 0;
    const dueMs = (bytesWritten / this.#bytesPerSecondMax) * 1000;
    return Math.max(0, dueMs - (nowMs - this.#startMs));
  }
}
