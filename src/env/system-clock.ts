import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from './clock.js';

/** `setTimeout` takes no longer delay: a larger one would fire at once. 24.8 days. */
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1;

/** The clocks and timers of the machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (restMs: number): void => {
      handle = setTimeout(
        () => (restMs > TIMER_DELAY_MS_MAX ? arm(restMs - TIMER_DELAY_MS_MAX) : callback()),
        Math.min(restMs, TIMER_DELAY_MS_MAX),
      ).unref();
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        clearTimeout(handle);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const handle = setTimeout(wake, Math.min(delayMs, TIMER_DELAY_MS_MAX));
      signal?.addEventListener('abort', wake);
    });
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
