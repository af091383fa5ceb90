/** The door to time. Nothing else in CoreCache reads a clock or sets a timer. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. May jump. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. Stands still while a machine sleeps. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`. The timer does not keep the process alive. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Resolves after `delayMs`, or at once when `signal` aborts. Keeps the process alive. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Resolves in a later turn of the event loop, after waiting I/O had its chance. */
  nextTurn(): Promise<void>;
}

export interface Timer {
  cancel(): void;
}
