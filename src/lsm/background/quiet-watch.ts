import type { Clock, Timer } from '../../env/clock.js';

/** Less than this is not worth waiting for: a trickle of writes does not keep a tree from being tidied. */
const QUIET_BYTES_MAX = 1024 * 1024;

/**
 * Tells when writes pause, for work that would be in their way and can wait: for a while no more than `QUIET_BYTES_MAX`
 * was written. A burst begins the while anew. Nothing polls: the timer runs only while somebody waits for the pause.
 */
export class QuietWatch {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #bytesWritten: () => number;
  #fromMs: number;
  #fromBytes: number;
  #timer: Timer | undefined = undefined;

  /**
   * @param patienceMs 0: it is never quiet
   * @param bytesWritten so far; never falls
   */
  constructor(clock: Clock, patienceMs: number, bytesWritten: () => number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
    this.#bytesWritten = bytesWritten;
    this.#fromMs = clock.monotonic();
    this.#fromBytes = bytesWritten();
  }

  isQuiet(): boolean {
    if (this.#patienceMs === 0) return false;
    const now = this.#clock.monotonic();
    const bytes = this.#bytesWritten();
    if (bytes - this.#fromBytes > QUIET_BYTES_MAX) {
      this.#fromMs = now;
      this.#fromBytes = bytes;
    }
    return now - this.#fromMs >= this.#patienceMs;
  }

  /** Calls once, when it may have become quiet. A call before takes the place of one that still waits. */
  await(callback: () => void): void {
    this.cancel();
    if (this.#patienceMs === 0) return;
    const passedMs = this.#clock.monotonic() - this.#fromMs;
    this.#timer = this.#clock.setTimer(Math.max(1, this.#patienceMs - passedMs), callback);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
