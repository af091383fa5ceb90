import type { Clock } from '../env/clock.js';

/**
 * How long a leader may go on by itself.
 *
 * The server starts to count the session timeout when a heartbeat *arrives*, which is after it was *sent*. A lease that
 * is counted from the sending and lasts 0.6 of the timeout is over while at least 0.4 of it is left to the session, on
 * any clock that does not run wrong by more than that; and nobody else is elected before the session is over.
 *
 * Elapsed time is the larger of what two clocks say. The monotonic clock stands still while a machine sleeps; the wall
 * clock may be set back. A wall clock set forward costs one heartbeat without a lease, which is safe.
 *
 * Only the answer to a *write* counts: a ZooKeeper server cut off from its quorum still answers reads and pings.
 */
export class Lease {
  readonly #clock: Clock;
  #sentAt: Moment | undefined = undefined;
  #durationMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be taken before a heartbeat is sent. */
  moment(): Moment {
    return { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
  }

  /** The heartbeat sent at this moment was answered. */
  renew(sentAt: Moment, sessionTimeoutMs: number): void {
    this.#sentAt = sentAt;
    this.#durationMs = sessionTimeoutMs * LEASE_PART;
  }

  drop(): void {
    this.#sentAt = undefined;
  }

  isHeld(): boolean {
    const sentAt = this.#sentAt;
    if (sentAt === undefined) return false;
    if (this.#clock.monotonic() - sentAt.monotonicMs >= this.#durationMs) return false;
    return this.#clock.now() - sentAt.wallMs < this.#durationMs;
  }
}

export interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/** Part of the session timeout. */
export const LEASE_PART = 0.6;
