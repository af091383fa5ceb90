import type { Clock, Timer } from '../clock.js';

interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until the test moves it. Both times move together, unless `jump` moves the wall clock alone. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #pending = new Set<PendingTimer>();

  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  /** Timers and sleeps that have not fired. */
  get pendingCount(): number {
    return this.#pending.size;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer: PendingTimer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    this.#pending.add(timer);
    return { cancel: () => this.#pending.delete(timer) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        timer.cancel();
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.setTimer(delayMs, wake);
      signal?.addEventListener('abort', wake);
    });
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Moves time, and fires what comes due on the way, each at its own moment, in the order of their moments. */
  advance(byMs: number): void {
    const target = this.#monotonicMs + byMs;
    for (let next = this.#nextDue(target); next !== undefined; next = this.#nextDue(target)) {
      this.#moveTo(Math.max(next.dueMs, this.#monotonicMs));
      this.#pending.delete(next);
      next.callback();
    }
    this.#moveTo(target);
  }

  /** Moves the wall clock alone, forward or back. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  /** The earliest timer due by `targetMs`; of equal ones, the one that was set first. */
  #nextDue(targetMs: number): PendingTimer | undefined {
    let earliest: PendingTimer | undefined;
    for (const timer of this.#pending) {
      if (timer.dueMs <= targetMs && (earliest === undefined || timer.dueMs < earliest.dueMs)) earliest = timer;
    }
    return earliest;
  }
}
