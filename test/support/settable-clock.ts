import type { Clock, Timer } from '../../src/env/clock.js';
import { SystemClock } from '../../src/env/system-clock.js';

/** A clock whose wall time is set by the test, while waiting is real: for tests of expiry beside real background work. */
export class SettableClock implements Clock {
  readonly #system = new SystemClock();
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }

  monotonic(): number {
    return this.#system.monotonic();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#system.setTimer(delayMs, callback);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#system.sleep(delayMs, signal);
  }

  nextTurn(): Promise<void> {
    return this.#system.nextTurn();
  }
}
