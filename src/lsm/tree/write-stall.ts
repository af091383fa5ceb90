import type { CoreCacheError } from '../../base/errors.js';
import type { Clock } from '../../env/clock.js';
import { stallPressure, writeRate, type StallOptions, type StallPressure, type StallShape } from './stall-pressure.js';
import type { StallCause, TreeStats } from './tree-stats.js';

/** Timers are no finer. Shorter debts add up until they are worth a wait. */
const WAIT_MS_MIN = 1;

/**
 * Holds writes back when flush and compaction fall behind: smoothly first, entirely as the last step.
 *
 * Each record applied under pressure is a debt of time, its bytes by the rate that the pressure allows; writes wait until
 * the debt is paid off. So a hundred small writes and one large one are slowed alike, and writers that go in together
 * after a wait pay together for the next. A wait ends early when the pressure falls.
 */
export class WriteStall {
  readonly #clock: Clock;
  readonly #options: StallOptions;
  /** Why waiting would be no use. */
  readonly #refusal: (cause: StallCause | undefined) => CoreCacheError | undefined;
  #now: StallPressure = { cause: undefined, pressure: 0 };
  /** Monotonic time at which the debt is paid off. */
  #paidAtMs = 0;
  #bytesCharged = 0;
  #change = new AbortController();
  readonly #waits: Record<StallCause, number> = { level0: 0, memtables: 0, pending: 0 };
  readonly #waitedMs: Record<StallCause, number> = { level0: 0, memtables: 0, pending: 0 };

  constructor(
    clock: Clock,
    options: StallOptions,
    refusal: (cause: StallCause | undefined) => CoreCacheError | undefined,
  ) {
    this.#clock = clock;
    this.#options = options;
    this.#refusal = refusal;
  }

  /** Of all records applied so far. */
  get bytesCharged(): number {
    return this.#bytesCharged;
  }

  get isStopped(): boolean {
    return this.#now.pressure >= 1;
  }

  get isWritable(): boolean {
    return (
      this.#refusal(undefined) === undefined &&
      (this.#now.pressure === 0 || (!this.isStopped && this.#debtMs < WAIT_MS_MIN))
    );
  }

  get stats(): TreeStats['stall'] {
    return {
      cause: this.#now.cause,
      isStopped: this.isStopped,
      waits: { ...this.#waits },
      waitedMs: { ...this.#waitedMs },
    };
  }

  /** A record of so many bytes was applied. */
  charge(bytes: number): void {
    this.#bytesCharged += bytes;
    const { pressure } = this.#now;
    if (pressure === 0) return;
    const now = this.#clock.monotonic();
    this.#paidAtMs = Math.max(this.#paidAtMs, now) + (bytes / writeRate(pressure)) * 1000;
  }

  /** The tree has changed, or what is wrong with it has. */
  update(shape: StallShape): void {
    this.#now = stallPressure(shape, this.#options);
    if (this.#now.pressure === 0) this.#paidAtMs = 0;
    this.wake();
  }

  /** Everybody who waits looks again. */
  wake(): void {
    const change = this.#change;
    this.#change = new AbortController();
    change.abort();
  }

  /** @throws CoreCacheError when waiting is no use */
  async untilWritable(): Promise<void> {
    for (;;) {
      const { cause } = this.#now;
      const refusal = this.#refusal(this.isStopped ? cause : undefined);
      if (refusal !== undefined) throw refusal;
      if (cause === undefined || this.isWritable) return;
      await this.#wait(cause);
    }
  }

  async #wait(cause: StallCause): Promise<void> {
    const { signal } = this.#change;
    const start = this.#clock.monotonic();
    this.#waits[cause]++;
    if (this.isStopped) await aborted(signal);
    else await this.#clock.sleep(this.#debtMs, signal);
    this.#waitedMs[cause] += this.#clock.monotonic() - start;
  }

  get #debtMs(): number {
    return this.#paidAtMs - this.#clock.monotonic();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
