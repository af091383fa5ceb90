/** A page cache answers within this, and `QUICK_MS_PER_BYTE` for each byte, on any machine; no device does. */
const QUICK_MS = 0.05;
const QUICK_MS_PER_BYTE = 1e-6;
/** How much of the time the event loop may wait for a device because a read was taken for a quick one. */
const WAIT_SHARE = 1 / 32;

/** What the judgement goes by. */
export interface InlineReadSigns {
  /** Milliseconds since some fixed moment, to the microsecond. */
  monotonic(): number;
  /** Grows when this thread waits for a device to read from; always another number where nobody counts. */
  deviceReads(): number;
}

/**
 * Judges whether a file may be read on the event loop itself.
 *
 * A read that the page cache answers takes about two microseconds. To hand it to a thread and to get it back costs the
 * event loop more than that, and the caller many times as much. A read that waits for a device, on the other hand, must not
 * be waited for here. Which of the two it will be nobody says beforehand (Linux would: `preadv2` with `RWF_NOWAIT`; Node.js
 * has no such call), so it is guessed from those before it: reads are inline as long as all are quick. One that was not is
 * paid for. Until the wait is no more than `WAIT_SHARE` of the time that has passed since, all reads go to threads; so what
 * wrong guesses cost is bounded, on any device. A read that only lost its processor for a while is told from one that
 * waited by what the system counts of the thread's reads from devices.
 */
export class InlineReads {
  readonly #signs: InlineReadSigns;
  /** No inline reads before. */
  #notBeforeMs = -Infinity;
  #deviceReads: number;

  constructor(signs: InlineReadSigns) {
    this.#signs = signs;
    this.#deviceReads = signs.deviceReads();
  }

  /** Whether the next read is likely to be quick. */
  get isAllowed(): boolean {
    return this.#notBeforeMs === -Infinity || this.#isPaid();
  }

  /** Carries out a read on this thread, and learns from it. `read` returns how many bytes it was. */
  measure(read: () => number): number {
    const startMs = this.#signs.monotonic();
    const bytes = read();
    const endMs = this.#signs.monotonic();
    if (endMs - startMs > QUICK_MS + bytes * QUICK_MS_PER_BYTE) this.#pay(startMs, endMs);
    return bytes;
  }

  #pay(startMs: number, endMs: number): void {
    const deviceReads = this.#signs.deviceReads();
    if (deviceReads !== this.#deviceReads) this.#notBeforeMs = endMs + (endMs - startMs) / WAIT_SHARE;
    this.#deviceReads = deviceReads;
  }

  #isPaid(): boolean {
    if (this.#signs.monotonic() < this.#notBeforeMs) return false;
    this.#notBeforeMs = -Infinity;
    return true;
  }
}
